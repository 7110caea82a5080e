package llm

import "regexp"

// PricesAsOf is the date of the price table.
const PricesAsOf = "2025-08-07"

// price is in micro-dollars per million tokens: 1 dollar per million tokens is
// 1,000,000. Cached input is the part of the prompt that the server had seen.
type price struct{ input, cached, output int64 }

// prices holds OpenAI's published standard rates (platform.openai.com/docs/pricing,
// as of PricesAsOf). Only models whose rates we are sure of are listed: an
// unknown cost is reported as unknown, never guessed. A model served elsewhere
// under the same name costs something else.
var prices = map[string]price{
	"gpt-4o":                 {2_500_000, 1_250_000, 10_000_000},
	"gpt-4o-mini":            {150_000, 75_000, 600_000},
	"gpt-4.1":                {2_000_000, 500_000, 8_000_000},
	"gpt-4.1-mini":           {400_000, 100_000, 1_600_000},
	"gpt-4.1-nano":           {100_000, 25_000, 400_000},
	"gpt-5":                  {1_250_000, 125_000, 10_000_000},
	"gpt-5-mini":             {250_000, 25_000, 2_000_000},
	"gpt-5-nano":             {50_000, 5_000, 400_000},
	"o3":                     {2_000_000, 500_000, 8_000_000},
	"o4-mini":                {1_100_000, 275_000, 4_400_000},
	"text-embedding-3-small": {20_000, 20_000, 0},
	"text-embedding-3-large": {130_000, 130_000, 0},
	"text-embedding-ada-002": {100_000, 100_000, 0},
}

var snapshot = regexp.MustCompile(`^(.+)-20\d\d-\d\d-\d\d$`)

// CostMicroUSD is what u costs on OpenAI's own service, in millionths of a
// dollar, rounded up; known is false for a model that is not in the table. A
// dated snapshot ("gpt-4o-mini-2024-07-18") costs what its model does.
func CostMicroUSD(model string, u Usage) (micro int64, known bool) {
	if model == "gpt-4o-2024-05-13" {
		return 0, false // the first snapshot has rates of its own
	}
	if m := snapshot.FindStringSubmatch(model); m != nil {
		model = m[1]
	}
	p, ok := prices[model]
	if !ok {
		return 0, false
	}
	const most = 1 << 32 // far beyond any context; keeps the products in range
	prompt := min(max(int64(u.PromptTokens), 0), most)
	completion := min(max(int64(u.CompletionTokens), 0), most)
	cached := min(max(int64(u.CachedTokens), 0), prompt)
	sum := (prompt-cached)*p.input + cached*p.cached + completion*p.output
	return (sum + 999_999) / 1_000_000, true
}
