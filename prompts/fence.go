package prompts

import (
	"regexp"
	"strings"
	"unicode"
)

// Passages and questions are other people's words inside our structure. What
// in them looks like that structure is defused by U+2060 WORD JOINER, put
// behind the character that opens it: "</passage>" becomes "<\u2060/passage>".
// It is no longer the fence, it still reads the same, and a quote that was
// copied with or without the joiner still matches its passage, because the
// guard compares text without format characters.
const joiner = "\u2060"

var (
	// fenceLike matches what looks like one of our tags or like a tag that
	// chat templates give meaning to, in any case, with white space or format
	// characters strewn in, and with look-alikes of <.
	fenceLike = regexp.MustCompile(`(?i)([<＜﹤‹〈⟨])([\s\p{Cf}]*[/／]?[\s\p{Cf}]*(?:` +
		`passage|question|earlier|(?:answer|examples?|schema|system|user|assistant|tool|think|s|` +
		`start_of_turn|end_of_turn|bos|eos|unk)\b))`)

	// templateLike matches the control tokens of common chat templates, which
	// some servers parse out of any text: <|im_start|>, [INST], <<SYS>>.
	templateLike = regexp.MustCompile(`(?i)([<＜])([|｜]|<\s*/?\s*SYS)|(\[)(\s*/?\s*(?:INST|AVAILABLE_TOOLS|TOOL_))|([|｜])([>＞])`)

	// aliasLike matches what looks like the alias of a passage: bare as we
	// write it, c7, or in any case inside brackets or quotes, [C7], 【c7】,
	// chunk="c7".
	aliasLike = regexp.MustCompile(`(\bc)([0-9]{1,4}\b)|([\[【(（{"'=#]\s*[cC])([0-9]{1,4}\s*[\]】)）}"',;])`)
)

// defuse makes text harmless inside a fence: valid UTF-8, no control
// characters but tab and line feed, nothing that looks like a fence or alias.
func defuse(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, text)
	text = fenceLike.ReplaceAllString(text, "${1}"+joiner+"${2}")
	text = aliasLike.ReplaceAllString(text, "${1}${3}"+joiner+"${2}${4}")
	return defuseTemplate(text)
}

// defuseTemplate defuses control tokens of chat templates only.
func defuseTemplate(text string) string {
	return templateLike.ReplaceAllString(text, "${1}${3}${5}"+joiner+"${2}${4}${6}")
}

// defuseLine is defuse on one line: a passage is one line, so that no line of
// its own making stands in the prompt.
func defuseLine(text string) string {
	return strings.Join(strings.Fields(defuse(text)), " ")
}

// maxAttribute bounds a title inside a tag, in runes.
const maxAttribute = 200

// writeAttribute writes ` name="value"`, or nothing for a blank value. The
// value cannot end its quotes or its tag.
func writeAttribute(b *strings.Builder, name, value string) {
	value = defuseLine(strings.Map(func(r rune) rune {
		switch r {
		case '"':
			return '\''
		case '<', '>':
			return ' '
		}
		return r
	}, value))
	if runes := []rune(value); len(runes) > maxAttribute {
		value = string(runes[:maxAttribute])
	}
	if value != "" {
		b.WriteString(" " + name + `="` + value + `"`)
	}
}
