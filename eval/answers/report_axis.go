package answers

import (
	"math"
	"strconv"
	"strings"
)

// An axis places values from 0 at its beginning to 1 at its end.
type axis struct {
	at    func(v float64) float64
	ticks []float64
	label func(tick int) string // "": the tick has no label
}

// linear is an axis from 0 with five ticks or fewer behind it, for values up to most.
func linear(most float64) axis {
	step, n := 0.2, 5
	if most > 1e-9 && !math.IsInf(most, 0) { // else there is nothing to show; NaN is neither
		unit := math.Pow(10, math.Floor(math.Log10(most/5)))
		for _, times := range []float64{1, 2, 5, 10} {
			if step = times * unit; most/step <= 5 {
				break
			}
		}
		n = int(math.Max(1, math.Ceil(most/step-1e-9)))
	}
	a := axis{at: func(v float64) float64 { return v / (float64(n) * step) }}
	for i := range n + 1 {
		a.ticks = append(a.ticks, float64(i)*step)
	}
	a.label = func(i int) string { return decimal(a.ticks[i]) }
	return a
}

// decades is a logarithmic axis of milliseconds, with a tick for each power of ten.
func decades(least, most float64) axis {
	power := func(v float64) float64 { // −1 to 9, also of what is no number
		if !(v > 0.1) {
			return -1
		}
		return math.Log10(math.Min(v, 1e9))
	}
	from := math.Floor(power(least))
	to := math.Max(from+1, math.Ceil(power(most)))
	a := axis{at: func(v float64) float64 { return (power(v) - from) / (to - from) }}
	for i := range int(to-from) + 1 {
		a.ticks = append(a.ticks, math.Pow(10, from+float64(i)))
	}
	a.label = func(i int) string { return duration(a.ticks[i]) }
	return a
}

// duration writes milliseconds, from a second on as seconds.
func duration(ms float64) string {
	if ms >= 1000 {
		return strconv.FormatFloat(ms/1000, 'f', decimals(ms/1000), 64) + " s"
	}
	return strconv.FormatFloat(ms, 'f', decimals(ms), 64)
}

// decimals is how many places behind the point mean something.
func decimals(v float64) int {
	if v < 10 && v != math.Trunc(v) {
		return 1
	}
	return 0
}

// decimal writes a tick without an exponent and without the noise of its multiplication.
func decimal(v float64) string {
	if v >= 1000 {
		return grouped(int(math.Round(math.Min(v, 1e15))))
	}
	return strings.TrimRight(strings.TrimRight(strconv.FormatFloat(v, 'f', 10, 64), "0"), ".")
}
