package answers

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

func TestMcNemar(t *testing.T) {
	tests := []struct {
		b, c int
		want float64
	}{
		{0, 0, 1},
		{1, 0, 1},                      // 2 · 1/2
		{1, 1, 1},                      // both tails together would be more than all
		{4, 0, 2.0 / 16},               // one way out of 16, twice
		{5, 0, 2.0 / 32},               //
		{6, 1, 2 * 8.0 / 128},          // 1 + 7 of 128
		{10, 2, 2 * 79.0 / 4096},       // 1 + 12 + 66 of 4096: 0.0386
		{9, 3, 2 * 299.0 / 4096},       // 1 + 12 + 66 + 220: 0.1460
		{15, 5, 2 * 21700.0 / 1048576}, // 1 + 20 + 190 + 1140 + 4845 + 15504 of 2^20
	}
	for _, tt := range tests {
		if got := McNemar(tt.b, tt.c); !near(got, tt.want, 1e-9) {
			t.Errorf("b = %d, c = %d: p = %.6f, want %.6f", tt.b, tt.c, got, tt.want)
		}
		if there, back := McNemar(tt.b, tt.c), McNemar(tt.c, tt.b); there != back {
			t.Errorf("b = %d, c = %d: p = %v, and %v the other way round", tt.b, tt.c, there, back)
		}
	}
	if got := McNemar(10, 2); math.Round(1e4*got) != 386 {
		t.Errorf("b = 10, c = 2: p = %.4f, want 0.0386", got)
	}
}

// TestMcNemarIsExact: the logarithms cost no digit that anybody would see, against whole numbers without bounds.
func TestMcNemarIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, c := rapid.IntRange(0, 400).Draw(t, "b"), rapid.IntRange(0, 400).Draw(t, "c")
		tail := new(big.Int)
		for i := range min(b, c) + 1 {
			tail.Add(tail, new(big.Int).Binomial(int64(b+c), int64(i)))
		}
		all := new(big.Int).Lsh(big.NewInt(1), uint(b+c))
		want, _ := new(big.Rat).SetFrac(tail.Lsh(tail, 1), all).Float64()
		if got := McNemar(b, c); !near(got, min(want, 1), 1e-9) || got > 1 || got < 0 {
			t.Fatalf("b = %d, c = %d: p = %v, want %v", b, c, got, min(want, 1))
		}
		if McNemar(b, c) != McNemar(c, b) {
			t.Fatalf("b = %d, c = %d: not the same the other way round", b, c)
		}
		if n := b + c; b > c && McNemar(b+1, c) > McNemar(b, c)+1e-9 {
			t.Fatalf("b = %d of %d: one more that is lost is less significant", b, n)
		}
	})
}

func TestSmallestEffect(t *testing.T) {
	for _, tt := range []struct {
		alpha float64
		want  int
	}{
		{0.10, 5},  // 2/32 is below, 2/16 is not
		{0.05, 6},  // 2/64
		{0.01, 8},  // 2/256
		{0.125, 5}, // below, not at
		{1.1, 1},
	} {
		if got := SmallestEffect(tt.alpha); got != tt.want {
			t.Errorf("alpha %g: %d tasks, want %d", tt.alpha, got, tt.want)
		}
	}
}

// raters repeats each pair of verdicts as often as a table of counts says, rows by the first rater.
func raters(table [][]int) (a, b []int) {
	for i, row := range table {
		for j, n := range row {
			a, b = append(a, slices.Repeat([]int{i}, n)...), append(b, slices.Repeat([]int{j}, n)...)
		}
	}
	return a, b
}

func TestKappa(t *testing.T) {
	tests := []struct {
		name  string
		table [][]int
		want  float64
	}{
		// J. Cohen, Psychological Bulletin 70 (1968), table 1: of 200 diagnoses 0.70 agreed, 0.41 by chance.
		{"Cohen's example", [][]int{{88, 14, 18}, {10, 40, 10}, {2, 6, 12}}, 0.29 / 0.59},
		{"always", [][]int{{7, 0}, {0, 3}}, 1},
		{"never, in halves", [][]int{{0, 5}, {5, 0}}, -1},
		{"no more than chance", [][]int{{4, 4}, {4, 4}}, 0},
		{"one of them always says the same", [][]int{{6, 4}, {0, 0}}, 0},
		{"both always say the same", [][]int{{9, 0}, {0, 0}}, math.NaN()},
		{"nobody", [][]int{{0, 0}, {0, 0}}, math.NaN()},
	}
	for _, tt := range tests {
		a, b := raters(tt.table)
		got, back := Kappa(a, b), Kappa(b, a)
		if math.IsNaN(got) != math.IsNaN(tt.want) || !math.IsNaN(tt.want) && (!near(got, tt.want, 1e-12) || !near(got, back, 1e-12)) {
			t.Errorf("%s: %v, and %v the other way round, want %v", tt.name, got, back, tt.want)
		}
	}
	if got := Kappa([]string{"hard", "fail"}, []string{"hard", "fail", "soft"}); got != 1 {
		t.Errorf("a verdict without its pair counts: %v", got)
	}
}
