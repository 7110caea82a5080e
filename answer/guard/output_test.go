package guard

import (
	"strings"
	"testing"
)

func TestUnsafeText(t *testing.T) {
	unsafe := []string{
		// Markdown
		"See [the notes](https://evil.example/x).",
		"See [the notes](/relative).",
		"![](//evil.example/p.png?d=secret)",
		"![alt](data:image/png;base64,AAAA)",
		"[a](javascript:alert(1))",
		"[click][1]\n[1]: https://evil.example",
		"[1]: evil.example",
		"> [x]: y",
		"<https://evil.example>",
		"<mailto:a@evil.example>",
		"<a@evil.example>",
		"[a]\u200b(https://evil.example)",
		// addresses
		"Go to https://evil.example/login now.",
		"Go to HTTP://EVIL.EXAMPLE now.",
		"Go to ht\u200btps://evil.example now.",
		"Open file:///etc/passwd.",
		"Open ftp://evil.example.",
		"Go to www.evil.example.",
		"(www.evil.example)",
		"mailto:a@evil.example",
		// URIs
		"javascript:alert(1)",
		"JaVaScRiPt:alert(1)",
		"java\u00adscript:alert(1)",
		"vbscript:msgbox",
		"data:text/html,<b>x",
		"data:text/html;base64,PGI+",
		"data:,hello",
		"data:;base64,AAAA",
		// HTML
		"<script>alert(1)</script>",
		"<script src=//evil.example>",
		"<SCRIPT >",
		"x<script>",
		"<img src=x onerror=alert(1)>",
		"<img src=x onerror=alert(1) ",
		"<img/src=x>",
		"<IMG\nSRC=x>",
		"<svg/onload=alert(1)>",
		"<svg>",
		"<iframe src=x></iframe>",
		"<a href=x>x</a>",
		"<a href='x'>",
		"a bold <b> word",
		"line<br>",
		"line <br/> line",
		"</p>",
		"text</b>",
		"<!-- hidden -->",
		"<!DOCTYPE html>",
		"<![CDATA[x]]>",
		"<?php echo 1 ?>",
		"<?xml version=1?>",
		"<x-foo onclick=a()>",
		"<T style=color:red>",
		`<foo bar="1" baz='2'>`,
		"<style>*{display:none}</style>",
		"<body onload=x>",
		"<math><mi>",
		"<sc\u200bript>",
		"line<br>",
		"word<b>bold",
		// technical text that cannot be told from a link
		"The dispatcher calls handlers[i](request).",
		"In general a URI is scheme://authority/path.",
		// TeX
		`\href{https://evil.example}{x}`,
		`\url{evil}`,
		`\includegraphics{x}`,
		`\htmlData{a=b}{x}`,
		// disguises
		"abc\u202Etxt.exe",
		"abc\u2066x\u2069",
		"abc\U000E0041\U000E0042",
	}
	for _, s := range unsafe {
		if unsafeText(s) == "" {
			t.Errorf("passes: %q", s)
		}
	}

	safe := []string{
		"TCP numbers every byte it sends.",
		"a < b and c > d",
		"a<b",
		"if a<b then c",
		"0 <x< 1",
		"for (i=0;i<n;i++) sum += a[i];",
		"if (a <b && c == d) return;",
		"while (i <n) { i++; }",
		"x = a[i][j] + m[0][1];",
		"#include <stdio.h> and #include <time.h>",
		"std::vector<int> and Map<String, List<T>>",
		"List<T>, List<Object>, Set<Button>, Optional<S>",
		"std::cout << x >> y; 1 << 3",
		"a <- b, a -> b, a <=> b, <= and >=",
		"*p = &x; p->next = NULL;",
		"x_1 * y_2 * z",
		"2 * 3 * 4 = 24, **kwargs",
		"The http protocol; the http:// scheme; https, ftp and mailto are schemes.",
		"GET /index.html HTTP/1.1 with Host: example.com",
		"10.0.0.0/8, ::1, fe80::1%eth0, localhost:8080, 127.0.0.1:80",
		"The address alice@example.com has two parts.",
		"There are two kinds of data: signals and noise.",
		"Two kinds of data:signals and noise",
		"In JavaScript: the event loop runs callbacks.",
		"Send it to: the server.",
		"The www prefix means nothing; awww.nice",
		"C:\\Users\\x and /usr/bin and ./a.out",
		"see [1] and [2]; an array [1, 2, 3]; the interval [0, 1)",
		"[SYN], [ACK]: flags of a segment", // the colon is behind the second one
		"f(x) = x^2, \\frac{a}{b}, \\alpha",
		"P(A|B) = P(B|A) P(A) / P(B)",
		"`select * from t where a < 3`",
		"Is it? <?> stands for a wildcard.",
		"x <! y",
		"a && b || !c",
		"Это текст, 这是文本, هذا نص\u200f.",
		"می\u200cخواهم 👩\u200d🔬",
		"100 % < 200 %; 5 > 3",
		"key: value; a: b",
	}
	for _, s := range safe {
		if why := unsafeText(s); why != "" {
			t.Errorf("rejected as %s: %q", why, s)
		}
	}
}

// TestAddresses: sentences whose quote is their own words passes where names may be quoted, in no course's language.
func TestAddresses(t *testing.T) {
	for _, tt := range []struct {
		text, quote, question string
		rejected              bool
	}{
		{text: "See evil.com/x for it.", rejected: true},
		{text: "See evil.com/x for it.", quote: "He said see evil.com/x for it.", rejected: true},
		{text: "See t.me/x for it.", rejected: true},
		{text: "See evil.com?x=1 for it.", rejected: true},
		{text: "See evil.com:8080/x for it.", rejected: true},
		{text: "See //evil.com/x for it.", rejected: true},
		{text: "See //evil.zz for it.", rejected: true},
		{text: "See ｈｔｔｐ：／／evil．com for it.", rejected: true},
		{text: "See evil。com/x for it.", rejected: true},
		{text: "请看evil。com/x的说明", rejected: true},
		{text: "请看evil.com/x的说明", rejected: true},
		{text: "See http:evil.com for it.", rejected: true},
		{text: "See http:/evil for it.", rejected: true},
		{text: `See http:\\evil for it.`, rejected: true},
		{text: "See https&colon;//evil.zz for it.", rejected: true},
		{text: "See evil&#46;com/x for it.", rejected: true},
		{text: `See evil\.com/x for it.`, rejected: true},
		{text: "See EVIL.ZZ/x for it.", rejected: true},
		{text: "See evil.rocks/x for it.", rejected: true},
		{text: "See evil.py/x for it.", rejected: true},
		{text: "See xn--e1afmkfd.xn--p1ai/x for it.", rejected: true},
		{text: "See 10.0.0.1/x for it.", rejected: true},
		{text: "See 10.0.0.1:80/x for it.", rejected: true},
		{text: "See //10.0.0.1 for it.", rejected: true},
		{text: "See me@evil.example for it.", rejected: true},
		{text: "See ｍｅ＠ｅｖｉｌ．ｃｏｍ for it.", rejected: true},
		{text: "See me@evil.example for it.", quote: "Write to me@evil.example if you must.", rejected: false},
		{text: "See tel:+4912345 for it.", rejected: true},
		{text: "See example.org for it.", rejected: true},
		{text: "See evil.co.uk for it.", rejected: true},
		{text: "See evil.com:8080 for it.", rejected: true},
		{text: "See example.org for it.", quote: "The name example.org is for examples only."},
		{text: "See example.org for it.", question: "What is Example.org?"},
		{text: "See example.org for it.", quote: "The name notexample.org is for examples only.", rejected: true},
		{text: "See example.org for it.", quote: "The name example.org.evil is for examples only.", rejected: true},
		{text: "Node.js and Node.js/Express and ASP.NET, e.g. v1.2.3, i.e./that, course.yaml, README.md, index.html/x."},
		{text: "The prefixes 10.0.0.0/8 and 192.168.0.0/16, (172.16.0.0/12), 127.0.0.1:80 and 10.0.0.1."},
		{text: "The http:// scheme, HTTP/1.1, TCP/IP, and/or, U.S./UK, 3.5/4, Ph.D/MA, a.m./p.m., x.y/z."},
		{text: "我们用TCP。UDP不同"},
		{text: "1.TCP/IP模型"},
		{text: "The file is /etc/nginx/nginx.conf or ./a.out or C:\\Users\\x."},
		{text: "In Java: key:value, 12:30, a::b, fe80::1 and std::io."},
		{text: "P(A).B is end.Next thing."},
	} {
		quotes := []string{"TCP numbers every byte it sends."}
		if tt.quote != "" {
			quotes[0] = tt.quote
		}
		got := address(undone(tt.text), quotes, []string{tt.question}) != "" || unsafeText(undone(tt.text)) != ""
		if got != tt.rejected {
			t.Errorf("%q under %q: rejected %v, want %v", tt.text, tt.quote, got, tt.rejected)
		}
	}
}

func TestHidden(t *testing.T) {
	for _, r := range []rune{0xE0100, 0xE01EF, 0x200B, 0xAD, 0xFEFF, 0xFFF9, 0xFFFB, 0x206A, 0x206F, 0xE000, 0xF0000, 0x10FFFD, 0xFDD0, 0xFFFE, 0x1FFFF,
		0x3164, 0x115F, 0x1160, 0xFFA0, 0x200E, 0x200F, 0x61C, 0x200C, 0x200D, 0xFE00, 0xFE0F, 0x2060, 0x2064, 0x180E, 0x34F, 0x202E, 0xE0041, 0x2028, 0x2065} {
		for _, text := range []string{"TCP num" + string(r) + "bers bytes.", "Протокол ну" + string(r) + "мерует.", "协议" + string(r) + "编号。"} {
			if hidden(text) == "" {
				t.Errorf("U+%04X passes in %+q", r, text)
			}
		}
	}
	for _, text := range []string{"می\u200cخواهم", "👩\u200d🔬", "❤\ufe0f\u200d🔥", "क्\u200dष and क्\u200cष", "هذا TCP\u200f.", "שלום\u200e", "ᠠ\u180b", "한국어 café", "e\u0301"} {
		if what := hidden(text); what != "" {
			t.Errorf("%+q: %s", text, what)
		}
	}
	if !strings.Contains(hidden("a\u202Eb"), "bidi") {
		t.Error("an override is not called by its name")
	}
}
