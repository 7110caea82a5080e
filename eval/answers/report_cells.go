package answers

import (
	"fmt"
	"strconv"
)

// unknown stands where there is no value.
const unknown = "–"

// tallyColumns are the names of what tallyCells gives.
var tallyColumns = []string{"tasks", "hard", "soft", "fail", "error", "pass^k", "flaky", "leaks", "answered", "p50 ms", "p95 ms", "calls", "tokens", "cost per hard"}

// tallyCells are a tally's values.
func tallyCells(t Tally) []string {
	return []string{
		strconv.Itoa(t.Tasks), strconv.Itoa(t.Hard), strconv.Itoa(t.Soft), strconv.Itoa(t.Fail), strconv.Itoa(t.Error), strconv.Itoa(t.PassK),
		strconv.Itoa(t.Flaky), strconv.Itoa(t.Leaks), strconv.Itoa(t.Answered), millis(t.P50), millis(t.P95), strconv.Itoa(t.Calls),
		grouped(t.Tokens), dollars(t.PerHard),
	}
}

// millis writes milliseconds with as many places as mean something.
func millis(ms float64) string {
	if ms < 10 {
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

// dollars writes millionths of a dollar; nil: not known.
func dollars(micro *float64) string {
	switch {
	case micro == nil:
		return unknown
	case *micro < 10_000 && *micro != 0:
		return fmt.Sprintf("$%.6f", *micro/1e6)
	}
	return fmt.Sprintf("$%.4f", *micro/1e6)
}

// grouped writes 3000 as 3,000.
func grouped(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", grouped(n/1000), n%1000)
}

// clock writes a time in a lecture as mm:ss, minutes beyond 59 as they are; – before its beginning or without one.
func clock(ms *int64) string {
	if ms == nil || *ms < 0 {
		return unknown
	}
	return fmt.Sprintf("%02d:%02d", *ms/60_000, *ms/1000%60)
}

// figure writes a figure of a report.
func figure(v float64) string { return fmt.Sprintf("%.4f", v) }
