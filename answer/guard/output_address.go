package guard

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Addresses that need no "://". They are read in the text as a client draws it
// (NFKC, references and escapes undone), where the ideographic full stop
// separates labels as in IDNA (UTS 46), so full-width ｈｔｔｐ：／／ is http://.
//
//   - a scheme with anything but a space behind its colon: http:evil.com
//   - a name or an IPv4 address with a path, a query or a port and a path:
//     evil.com/x, evil.com?x=1, 10.0.0.1/x; and //evil.com. 10.0.0.0/8 is a
//     prefix and passes, so does 127.0.0.1:80
//   - a name of at least two labels under a top-level domain of topLevel,
//     example.org, unless a quote or the question has the same name
//   - an e-mail address, unless a quote or the question has the same
//
// A name with a path whose last label is no domain of topLevel is taken for
// one too, unless the label ends the names of files (index.html/x, Node.js/x) or
// a quote has the same. Names under other domains without a path pass, so do
// file names (course.yaml, README.md), versions (1.2.3), e.g., i.e., and the
// products of notHosts. Endings that are words or methods more often than
// domains (.in, .at, .id, .info, .name, .md, .py, .sh) are not in topLevel.

var (
	schemed = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])(?:https?|ftps?|sftp|wss?|file|gopher|ipfs)(?::[\\/]*[\pL\pN\[@%]|[;,.]?[\\/]{2}[\pL\pN])`)
	dialled = regexp.MustCompile(`(?i)(?:^|[^\pL\pN_])(?:tel|sms|callto|magnet|xmpp|tg):[+\d?/]`)
	mailbox = regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	named   = regexp.MustCompile(`[\pL\pN_-]+(?:\.[\pL\pN_-]+)+`)
	ipv4    = regexp.MustCompile(`^\d{1,3}(?:\.\d{1,3}){3}$`)
	port    = regexp.MustCompile(`^:\d{1,5}`)
	leads   = regexp.MustCompile(`^(?:[/\\][\pL\pN~%?#_@.-]|\?[^\s=]*=|#[\pL\pN])`)
	prefix  = regexp.MustCompile(`^/\d{1,2}(?:[^\pL\pN/?#%]|$)`)
)

// topLevel are the top-level domains under which a bare name is an address.
var topLevel = strings.Fields("com org net edu gov mil int io me co ai app dev biz xyz online site shop club top link click " +
	"uk de fr es it nl ru cn jp br ch eu us ca au nz se pl kr tw hk sg ir tr ua gr cz dk fi be ly gl gg tv xn--p1ai рф 中国 онлайн")

// fileEndings are endings of file names that no top-level domain is.
var fileEndings = strings.Fields("js jsx ts tsx mjs yaml yml html htm json jsonl txt xml csv tsv java cpp hpp png jpg jpeg gif svg pdf exe dll " +
	"css out cfg conf ini toml go tex srt vtt log bin dat pcap")

// notHosts look like hosts and are products or packages.
var notHosts = strings.Fields("asp.net ado.net vb.net system.net system.io java.io java.net os.io ml.net")

// address names the address in text, which is undone, or returns "". quoted and
// asked are what the sentence quotes and the question, undone.
func address(text string, quoted, asked []string) string {
	text = dotted(text)
	if !strings.ContainsAny(text, ".:@/") {
		return ""
	}
	if schemed.MatchString(text) || dialled.MatchString(text) {
		return "address"
	}
	for _, m := range mailbox.FindAllString(text, -1) {
		if !saysName(mailbox, m, quoted) && !saysName(mailbox, m, asked) {
			return "e-mail address"
		}
	}
	text = mailbox.ReplaceAllStringFunc(text, func(m string) string { return strings.Repeat(" ", len(m)) })
	for _, m := range named.FindAllStringIndex(text, -1) {
		name, before, after := text[m[0]:m[1]], text[:m[0]], text[m[1]:]
		known, host := isHost(name)
		path := leads.MatchString(after)
		if p := port.FindString(after); p != "" {
			path = leads.MatchString(after[len(p):])
			if !path && !strings.HasPrefix(after, p+"/") {
				after = after[len(p):]
			}
		} else if prefix.MatchString(after) && ipv4.MatchString(name) {
			continue
		}
		path = path || known && strings.HasPrefix(after, "/")
		slashes := strings.HasSuffix(before, "//") && !strings.HasSuffix(before, "///")
		switch {
		case ipv4.MatchString(name):
			if path || slashes {
				return "address"
			}
		case known && (path || slashes):
			return "address"
		case known && !saysName(named, name, quoted) && !saysName(named, name, asked):
			return "bare address"
		case host && (slashes || path && !strings.HasSuffix(before, "/")) && !saysName(named, name, quoted):
			return "address"
		}
	}
	return ""
}

// isHost reports whether name is under a domain of topLevel, and whether it may
// be a host at all. Its last label tells: "end.Next" is two sentences, and
// "Main.java" a file.
func isHost(name string) (known, may bool) {
	labels := strings.Split(name, ".")
	last := labels[len(labels)-1]
	lower := strings.ToLower(last)
	if strings.IndexFunc(labels[len(labels)-2], func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 ||
		slices.Contains(notHosts, strings.ToLower(name)) {
		return false, false
	}
	if slices.Contains(topLevel, lower) {
		return true, true
	}
	if strings.HasPrefix(lower, "xn--") {
		return false, true
	}
	for _, r := range last {
		if r < 'A' || r > 'z' || 'Z' < r && r < 'a' {
			return false, false
		}
	}
	letters := strings.IndexFunc(labels[len(labels)-2], unicode.IsLetter) >= 0
	return false, letters && utf8.RuneCountInString(last) > 1 && (last == lower || name == strings.ToUpper(name)) && !slices.Contains(fileEndings, lower)
}

// saysName reports whether one of texts has name where pattern finds names,
// whatever its case.
func saysName(pattern *regexp.Regexp, name string, texts []string) bool {
	return slices.ContainsFunc(texts, func(s string) bool {
		return slices.ContainsFunc(pattern.FindAllString(dotted(s), -1), func(m string) bool { return strings.EqualFold(m, name) })
	})
}

// dotted writes full stops for the ideographic ones that stand between letters
// or digits of ASCII.
func dotted(s string) string {
	if isASCII(s) || !strings.ContainsAny(s, "。｡．") {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		if r == '。' || r == '｡' || r == '．' {
			before, after := lastRune(s[:i]), firstRune(s[i+utf8.RuneLen(r):])
			if before < utf8.RuneSelf && isWord(before) && after < utf8.RuneSelf && isWord(after) {
				r = '.'
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
