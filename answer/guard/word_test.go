package guard

import (
	"strings"
	"testing"
)

// TestInsideWord: the bar marks the boundary.
func TestInsideWord(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"|word", false}, {"word|", false}, {"a |word", false}, {"word| b", false},
		{"wo|rd", true}, {"TCP|2", true}, {"snake|_case", true}, {"snake_|case", true},
		{"(|word)", false}, {"word|)", false}, {"“|word|”", false}, {"word|.", false}, {"word|, b", false}, {"word|?", false},
		{"end. |Next", false}, {"yes—|no", false}, {"yes|—no", false}, {"yes| — no", false},
		{"non-|blocking", true}, {"non|-blocking", true}, {"non‑|blocking", true},
		{"don|'t", true}, {"don’|t", true}, {"students|' work", false}, {" '|quoted", false},
		{"3|.14", true}, {"3.|14", true}, {"1,|000", true}, {"1|,000", true}, {"a, |b", false}, {"a,|b", false}, {"1|,b", false},
		{"10|:30", true}, {"note:|this", false}, {"10|–20 ms", true}, {"10–|20 ms", true}, {"yes–|no", false},
		{"10.0.0.0|/8", true}, {"and/|or", true}, {"user@|host", true}, {"a|=b", true}, {"x^|2", true}, {"a->|b", true},
		{"-|5 degrees", true}, {" −|5", true}, {"$|5", true}, {"€|5", true}, {"5|%", true}, {"5|°C", true}, {"5|€", true}, {"<|5", true},
		{" - |5", false}, {"-|x", false},
		{"C|++", true}, {"C|#", true}, {"C++|", false}, {"C+|+", false},
		{"可靠|的传输", false}, {"用TCP|传输", false}, {"用|TCP", false}, {"用-|TCP", false}, {"TCP|-用", false}, {"データ|ー", false},
		{"ภาษา|ไทย", false}, {"ท|ี่", true}, {"한국|어", true},
		{"cafe|\u0301", true}, {"non\u00ad|blocking", true}, {"wo\u200b|rd", true}, {"non-\u200b|blocking", true},
		{"при|вет", true}, {"سلا|م", true},
		{"...|word", false}, {"word|...", false}, {"wait...|what", true},
	}
	for _, tt := range tests {
		for p := strings.IndexByte(tt.text, '|'); p >= 0; p = -1 {
			text := strings.ReplaceAll(tt.text, "|", "")
			if got := insideWord(text, p); got != tt.want {
				t.Errorf("%s: %v", tt.text, got)
			}
		}
	}
}

func TestLongEnough(t *testing.T) {
	tests := []struct {
		view string
		want bool
	}{
		{"", false},
		{"one two three four", false},
		{"one two three four five", true},
		{"one - two ... three (four)", false},
		{"x = y + z * 2 / w", true},
		{"一二三四五六七", false},
		{"一二三四五六七八", true},
		{"一二三。四五六七", false},
		{"データを送りま", false},
		{"データを送ります", true},
		{"นี่คือ", false},
		{"การส่งข้อมูล", true},
		{"TCP は 信頼", false},
		{"TCP は信頼できる転", true}, // 1 word and 7 characters: 1/5 + 7/8
		{"TCP UDP 信頼", false},
		{"데이터를 보내는 것은 쉽다", false}, // Korean spaces its words
		{"데이터를 보내는 것은 아주 쉽다", true},
	}
	for _, tt := range tests {
		if got := longEnough(tt.view); got != tt.want {
			t.Errorf("%q: %v", tt.view, got)
		}
	}
}

func TestCountSentences(t *testing.T) {
	tests := []struct {
		text string
		want int
	}{
		{"TCP counts bytes.", 1},
		{"TCP counts bytes", 1},
		{"TCP counts bytes, e.g. 1,460 at a time.", 1},
		{"It takes 3.5 s, or approx. 4 RTTs.", 1},
		{"See Fig. 3 by Dr. Cerf.", 1},
		{"The sender asks “are you there?” and waits.", 1},
		{"Use 10.0.0.1 or example.com.", 1},
		{"1. TCP counts bytes.", 1},
		{"TCP counts bytes. ", 1},
		{"TCP counts bytes. 😀", 1},
		{"TCP counts bytes. UDP does not.", 2},
		{"Yes. It does.", 2},
		{"Does it? It does!", 2},
		{"- one\n- two\n- three", 3},
		{"它编号字节。它来自月球。", 2},
	}
	for _, tt := range tests {
		if got := countSentences(tt.text); got != tt.want {
			t.Errorf("%q: %d, want %d", tt.text, got, tt.want)
		}
	}
}
