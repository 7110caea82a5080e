package guard

import "testing"

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
