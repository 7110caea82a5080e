package guard

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSchema(t *testing.T) {
	const ok = `{"outcome":"answered","sentences":[{"text":"A b.","evidence":[{"chunk":"c1","quote":"q"}]}]}`
	sentence := func(text string) string {
		return `{"outcome":"answered","sentences":[{"text":` + text + `,"evidence":[]}]}`
	}
	tests := []struct {
		name, draft, finish string
		pass                bool
	}{
		{"plain", ok, "stop", true},
		{"fields in the other order", `{"sentences":[{"evidence":[{"quote":"q","chunk":"c1"}],"text":"A"}],"outcome":"answered"}`, "stop", true},
		{"white space", " \t\r\n" + strings.ReplaceAll(ok, ":", " : \n") + "\n", "stop", true},
		{"escapes", sentence(`"\u0041\n\"\\\/\ud83d\ude00"`), "stop", true},
		{"escaped field name", strings.Replace(ok, "text", `te\u0078t`, 1), "stop", true},

		{"finish reason length", ok, "length", false},
		{"finish reason empty", ok, "", false},
		{"finish reason STOP", ok, "STOP", false},
		{"finish reason content_filter", ok, "content_filter", false},

		{"empty", "", "stop", false},
		{"white space only", " \n", "stop", false},
		{"prose", "TCP numbers every byte.", "stop", false},
		{"HTML error page", "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "stop", false},
		{"gzip", "\x1f\x8b\x08\x00\x00", "stop", false},
		{"code fence", "```json\n" + ok + "\n```", "stop", false},
		{"byte order mark", "\ufeff" + ok, "stop", false},
		{"comment", "/* */" + ok, "stop", false},
		{"second object", ok + ok, "stop", false},
		{"trailing text", ok + " Hope this helps!", "stop", false},
		{"trailing NUL", ok + "\x00", "stop", false},
		{"array around it", "[" + ok + "]", "stop", false},
		{"string around it", `"` + strings.ReplaceAll(ok, `"`, `\"`) + `"`, "stop", false},
		{"null", "null", "stop", false},
		{"single quotes", strings.ReplaceAll(ok, `"`, `'`), "stop", false},
		{"trailing comma in object", strings.Replace(ok, `"q"}`, `"q",}`, 1), "stop", false},
		{"trailing comma in array", strings.Replace(ok, `}]}]`, `}]},]`, 1), "stop", false},
		{"missing comma", strings.Replace(ok, `",`, `"`, 1), "stop", false},
		{"no colon", strings.Replace(ok, `:`, ` `, 1), "stop", false},

		{"unknown field", strings.Replace(ok, `{"outcome"`, `{"note":"x","outcome"`, 1), "stop", false},
		{"unknown field in evidence", strings.Replace(ok, `"quote"`, `"page":"1","quote"`, 1), "stop", false},
		{"field in upper case", strings.Replace(ok, "outcome", "Outcome", 1), "stop", false},
		{"field twice", strings.Replace(ok, `"q"}`, `"q","quote":"r"}`, 1), "stop", false},
		{"outcome twice", strings.Replace(ok, `{"outcome"`, `{"outcome":"refused","outcome"`, 1), "stop", false},
		{"field missing", `{"outcome":"refused"}`, "stop", false},
		{"evidence missing", `{"outcome":"answered","sentences":[{"text":"A"}]}`, "stop", false},
		{"empty object", `{}`, "stop", false},
		{"sentences null", `{"outcome":"refused","sentences":null}`, "stop", false},
		{"sentences an object", `{"outcome":"refused","sentences":{}}`, "stop", false},
		{"sentence a string", `{"outcome":"answered","sentences":["A"]}`, "stop", false},
		{"text a number", sentence("1"), "stop", false},
		{"text true", sentence("true"), "stop", false},
		{"text an array", sentence(`["A"]`), "stop", false},
		{"deep nesting", sentence(strings.Repeat("[", 50_000)), "stop", false},
		{"deep objects", strings.Repeat(`{"sentences":[`, 4_000), "stop", false},
		{"cut in the middle", ok[:len(ok)/2], "stop", false},
		{"cut in an escape", `{"outcome":"\u00`, "stop", false},

		{"unknown outcome", `{"outcome":"maybe","sentences":[]}`, "stop", false},
		{"outcome in upper case", `{"outcome":"Refused","sentences":[]}`, "stop", false},
		{"outcome with space", `{"outcome":"refused ","sentences":[]}`, "stop", false},
		{"outcome incomplete", `{"outcome":"incomplete","sentences":[]}`, "stop", false},
		{"answered without a sentence", `{"outcome":"answered","sentences":[]}`, "stop", false},

		{"invalid UTF-8", sentence("\"A\xff\""), "stop", false},
		{"overlong NUL", sentence("\"A\xc0\x80\""), "stop", false},
		{"encoded surrogate", sentence("\"A\xed\xa0\x80\""), "stop", false},
		{"lone high surrogate", sentence(`"A\ud800"`), "stop", false},
		{"lone low surrogate", sentence(`"A\udc00"`), "stop", false},
		{"two high surrogates", sentence(`"A\ud800\ud800"`), "stop", false},
		{"surrogates turned round", sentence(`"A\udc00\ud800"`), "stop", false},
		{"lone surrogate before a letter", sentence(`"A\ud800b"`), "stop", false},
		{"replacement character", sentence("\"A\uFFFD\""), "stop", false},
		{"replacement character as an escape", sentence(`"A\ufffd"`), "stop", false},
		{"replacement character of the quote", "{\"outcome\":\"answered\",\"sentences\":[{\"text\":\"A\uFFFD\",\"evidence\":[{\"chunk\":\"c1\",\"quote\":\"q\uFFFD\"}]}]}", "stop", true},
		{"escaped NUL", sentence(`"A\u0000"`), "stop", false},
		{"escaped escape character", sentence(`"A\u001b[31m"`), "stop", false},
		{"C1 control", sentence(`"A\u009b31m"`), "stop", false},
		{"raw line feed", sentence("\"A\n\""), "stop", false},
		{"raw NUL", sentence("\"A\x00\""), "stop", false},
		{"unknown escape", sentence(`"\x41"`), "stop", false},
		{"signed hex", sentence(`"\u+041"`), "stop", false},
		{"hex with underscore", sentence(`"\u0_41"`), "stop", false},

		{"text without a word", sentence(`"…"`), "stop", false},
		{"text empty", sentence(`""`), "stop", false},
		{"text of zero-width characters", sentence(`"\u200b\u200b"`), "stop", false},
		{"longest text", sentence(`"` + strings.Repeat("é", MaxTextRunes) + `"`), "stop", true},
		{"text too long", sentence(`"` + strings.Repeat("é", MaxTextRunes+1) + `"`), "stop", false},
		{"longest quote", strings.Replace(ok, `"q"`, `"`+strings.Repeat("q", MaxQuoteRunes)+`"`, 1), "stop", true},
		{"quote too long", strings.Replace(ok, `"q"`, `"`+strings.Repeat("q", MaxQuoteRunes+1)+`"`, 1), "stop", false},
		{"most sentences", `{"outcome":"answered","sentences":[` + list(`{"text":"A","evidence":[]}`, MaxSentences) + `]}`, "stop", true},
		{"too many sentences", `{"outcome":"answered","sentences":[` + list(`{"text":"A","evidence":[]}`, MaxSentences+1) + `]}`, "stop", false},
		{"most evidence", strings.Replace(ok, `{"chunk":"c1","quote":"q"}`, list(`{"chunk":"c1","quote":"q"}`, MaxEvidence), 1), "stop", true},
		{"too much evidence", strings.Replace(ok, `{"chunk":"c1","quote":"q"}`, list(`{"chunk":"c1","quote":"q"}`, MaxEvidence+1), 1), "stop", false},
		{"largest draft", ok + strings.Repeat(" ", MaxDraftBytes-len(ok)), "stop", true},
		{"draft too large", ok + strings.Repeat(" ", MaxDraftBytes-len(ok)+1), "stop", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, f := decodeDraft([]byte(tt.draft), tt.finish)
			switch {
			case (f == nil) != tt.pass:
				t.Errorf("finding %+v, want pass %v", f, tt.pass)
			case f != nil && (f.Code != CodeSchema || f.Detail == ""):
				t.Errorf("finding %+v", f)
			}
		})
	}
}

func list(s string, n int) string {
	return strings.TrimSuffix(strings.Repeat(s+",", n), ",")
}

// FuzzDecode holds the decoder against encoding/json: what ours accepts,
// theirs accepts with the same result, and it survives the way out and back.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"outcome":"answered","sentences":[{"text":"A \u00e9\ud83d\ude00","evidence":[{"chunk":"c1","quote":"a b"}]}]}`))
	f.Add([]byte(`{"sentences":[],"outcome":"refused"}`))
	f.Add([]byte(`{"outcome":"refused","sentences":[],"sentences":[]}`))
	f.Add([]byte(`{"outcome":"refused","sentences":[]} {}`))
	f.Add([]byte(`{"outcome":"answered","sentences":[{"text":"\ud800","evidence":[]}]}`))
	f.Add([]byte("{\"outcome\":\"answered\",\"sentences\":[{\"text\":\"A\\ufffd\",\"evidence\":[{\"chunk\":\"c1\",\"quote\":\"\uFFFD\"}]}]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, finding := decodeDraft(data, "stop")
		if finding != nil {
			return
		}
		var want Draft
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		if err := d.Decode(&want); err != nil {
			t.Fatalf("encoding/json rejects what we accept: %v", err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		out, err := got.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if len(out) > MaxDraftBytes {
			return // escaping made it longer
		}
		again, finding := decodeDraft(out, "stop")
		if finding != nil {
			t.Fatalf("what we wrote is rejected: %+v", finding)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
