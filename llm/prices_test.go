package llm

import (
	"math"
	"testing"
	"time"
)

func TestCostMicroUSD(t *testing.T) {
	tests := []struct {
		model string
		u     Usage
		want  int64
		known bool
	}{
		{"gpt-4o-mini", Usage{PromptTokens: 1_000_000, CompletionTokens: 1_000_000}, 750_000, true},
		{"gpt-4o-mini-2024-07-18", Usage{PromptTokens: 2000, CompletionTokens: 300}, 480, true},
		{"gpt-4o", Usage{PromptTokens: 1000, CachedTokens: 400, CompletionTokens: 100}, 1500 + 500 + 1000, true},
		{"text-embedding-3-small", Usage{PromptTokens: 1}, 1, true}, // rounded up
		{"gpt-5", Usage{}, 0, true},
		{"gpt-4o", Usage{PromptTokens: 10, CachedTokens: 99}, 13, true}, // no more cached than sent
		{"gpt-4o", Usage{PromptTokens: -5, CompletionTokens: -5, CachedTokens: -5}, 0, true},
		{"gpt-4o-2024-05-13", Usage{PromptTokens: 1000}, 0, false},
		{"llama3.1:8b", Usage{PromptTokens: 1000}, 0, false},
		{"", Usage{PromptTokens: 1000}, 0, false},
	}
	for _, tt := range tests {
		if got, known := CostMicroUSD(tt.model, tt.u); got != tt.want || known != tt.known {
			t.Errorf("CostMicroUSD(%q, %+v) = %d, %t; want %d, %t", tt.model, tt.u, got, known, tt.want, tt.known)
		}
	}
	if got, _ := CostMicroUSD("gpt-4o", Usage{PromptTokens: math.MaxInt, CompletionTokens: math.MaxInt}); got <= 0 {
		t.Errorf("overflow: %d", got)
	}
	if _, err := time.Parse(time.DateOnly, PricesAsOf); err != nil {
		t.Error(err)
	}
	for model, p := range prices {
		if p.cached > p.input || p.input <= 0 {
			t.Errorf("%s: cached input at %d, input at %d", model, p.cached, p.input)
		}
	}
}
