package guard

import (
	"slices"
	"testing"
)

// TestHostileText: what the layers that judge any language reject in a sentence whose quote is true, in a course whose
// language the others do not know, and what they let be.
func TestHostileText(t *testing.T) {
	const quote = "TCP numbers every byte it sends."
	for _, tt := range []struct {
		code  Code
		texts []string
	}{
		{CodeUnknownCitation, []string{
			"RTS[12]", "[RTS][12]", "RTS[١٢]", "RTS [#12]", "RTS [Ref. 12]", "RTS †12", "RTS ¹²", "RTS³", "RTS⁽¹⁾", "RTS [^1]", "[RTS/CTS][1]", "RTS ①",
			"RTS ❶", "RTS ⑴", "RTS {1}", "RTS ⟨1⟩", "RTS ⟦1⟧", "RTS [c 1]", `RTS \[1\]`, "RTS &#91;12&#93;", "RTS 【source】", "RTS [one]",
			"RTS (source 1)", "RTS (с1)", "TCP 对每个字节编号［１２］", "TCP 对每个字节编号②",
		}},
		{CodeUnsafeOutput, []string{
			"RTS evil.com/x", "RTS t.me/x", "RTS evil.com?x=1", "RTS evil.com:8080/x", "RTS //evil.com/x", "RTS ｈｔｔｐ：／／evil．com", "RTS evil。com/x",
			"RTS http:evil.com", "RTS 10.0.0.1/x", "RTS a@evil.com", "RTS evil.co.uk", "RT\U000E0101S", "RT\u200bS", "RT\u00adS", "\ufeffRTS", "RTS\ufff9",
			"RTS\u206a", "RTS\ue000", "RTS\ufdd0", "RTS\u3164", "RTS\u115f", "RTS\u1160", "RTS\uffa0", "RTS\u200f",
		}},
		{CodeSchema, []string{"RTS\uFFFD"}},
		{"", []string{
			"RTS (12)", "2⁵, R³", "10.0.0.0/8, 192.168.0.0/16", "Node.js, course.yaml", "هذا TCP\u200f", "می\u200cخواهم", "TCP „zählt“ Bytes, z.B. 1.2.3",
			"TCP 对每个字节编号（12）", quote,
		}},
	} {
		for _, text := range tt.texts {
			v := Check(Input{Draft: draft(t, text, "c1", quote), FinishReason: "stop", Passages: passages(), Readable: all, Language: "de"})
			if tt.code == "" && !v.Pass || tt.code != "" && !slices.Contains(v.Codes(), string(tt.code)) {
				t.Errorf("%+q: %v, want %q", text, v.Findings, tt.code)
			}
		}
	}
}
