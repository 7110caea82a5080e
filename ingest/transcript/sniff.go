package transcript

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

var errTooLarge = errors.New("transcript too large")

const tooLargeMessage = "the file is larger than 32 MiB, the limit for one transcript; split it, or check that it is a transcript."

// readAll reads r to its end, and one byte more than MaxBytes at most.
func readAll(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > MaxBytes {
		return nil, errTooLarge
	}
	return raw, nil
}

// extension returns the extension of name in lower case without its dot, or "".
// Parse says what counts as one.
func extension(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	dot := strings.LastIndexByte(name, '.')
	ext := strings.ToLower(name[dot+1:])
	if dot < 0 || len(ext) < 1 || len(ext) > 8 {
		return ""
	}
	letter := false
	for _, c := range []byte(ext) {
		switch {
		case 'a' <= c && c <= 'z':
			letter = true
		case c < '0' || c > '9':
			return ""
		}
	}
	if !letter {
		return ""
	}
	return ext
}

// magics tell file types by bytes at a fixed offset, from the specifications of
// the formats named.
var magics = []struct {
	offset int
	bytes  string
	what   string
}{
	{0, "PK\x03\x04", "a ZIP archive (Word, PowerPoint and OpenDocument files are ZIP archives too)"},
	{0, "PK\x05\x06", "an empty ZIP archive"},
	{0, "\x1f\x8b", "a gzip file"},
	{0, "BZh", "a bzip2 file"},
	{0, "\xfd7zXZ\x00", "an xz file"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{0, "Rar!\x1a\x07", "a RAR archive"},
	{0, "\x28\xb5\x2f\xfd", "a Zstandard file"},
	{0, "%PDF-", "a PDF document"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"},
	{0, `{\rtf`, "an RTF document"},
	{0, "\x89PNG\r\n\x1a\n", "a PNG image"},
	{0, "\xff\xd8\xff", "a JPEG image"},
	{0, "GIF87a", "a GIF image"},
	{0, "GIF89a", "a GIF image"},
	{4, "ftyp", "an MP4 or QuickTime video"},
	{0, "\x1a\x45\xdf\xa3", "a Matroska or WebM video"},
	{0, "RIFF", "a WAV or AVI file"},
	{0, "OggS", "an Ogg file"},
	{0, "fLaC", "a FLAC file"},
	{0, "ID3\x02", "an MP3 file"},
	{0, "ID3\x03", "an MP3 file"},
	{0, "ID3\x04", "an MP3 file"},
	{0, "\x7fELF", "a program"},
	{0, "SQLite format 3\x00", "an SQLite database"},
}

// checkBytes refuses what the bytes alone show to be no transcript.
func checkBytes(ext string, raw []byte) *Error {
	if len(raw) == 0 {
		return &Error{Message: "the file is empty."}
	}
	for _, m := range magics {
		if len(raw) >= m.offset && bytes.HasPrefix(raw[m.offset:], []byte(m.bytes)) {
			return &Error{Message: "the file looks like " + m.what + ", not a transcript; export the transcript as .srt, .vtt or .txt."}
		}
	}
	if looksBinary(raw) {
		return &Error{Message: "the file looks like binary data, not a transcript; export the transcript as .srt, .vtt or .txt."}
	}
	if known[ext] == "" {
		return unknownExtension(ext, raw)
	}
	return nil
}

// looksBinary reports whether more than a tenth of the bytes are control
// characters that no text holds, NUL included, in what is not UTF-16.
func looksBinary(raw []byte) bool {
	if bytes.HasPrefix(raw, bomUTF16LE) || bytes.HasPrefix(raw, bomUTF16BE) || guessUTF16(raw) != "" {
		return false
	}
	control := 0
	for _, b := range raw {
		if b < 0x20 && (b < '\t' || b > '\r') && b != 0x1B || b == 0x7F {
			control++
		}
	}
	return control*10 > len(raw)
}

// known holds the extensions of files that Parse reads, with the format that
// each hints at.
var known = map[string]Format{
	"": Text, "srt": SRT, "vtt": VTT, "json": JSON, "jsonl": JSON, "ndjson": JSON, "md": Markdown, "markdown": Markdown, "txt": Text, "text": Text,
}

// unknownExtension refuses a file by its extension and says what its content
// looks like, for this is where people learn that renaming is enough.
func unknownExtension(ext string, raw []byte) *Error {
	message := "the extension ." + ext + " is not one of a transcript (.srt, .vtt, .json, .md, .txt)"
	if doc, problem := decode(raw, newReport()); problem == nil {
		switch format, problem := detect("", doc.text); {
		case problem != nil:
		case format == VTT:
			return &Error{Message: message + "; the content looks like WebVTT, so rename it to end in .vtt."}
		case format == Markdown:
			return &Error{Message: message + "; the content looks like Markdown, so rename it to end in .md."}
		case format == JSON:
			return &Error{Message: message + "; the content looks like JSON, so rename it to end in .json if it is a transcript."}
		case format == SRT:
			return &Error{Message: message + "; the content looks like SRT, so rename it to end in .srt."}
		}
	}
	return &Error{Message: message + "; rename it to end in .txt if it is a plain-text transcript."}
}

// detect decides the format of text by its content, with ext as a hint.
func detect(ext, text string) (Format, *Error) {
	first, n := firstLine(text)
	if first == "" {
		return "", &Error{Message: "the file holds nothing but white space."}
	}
	if hasSignature(text) {
		return VTT, nil
	}
	if looksJSON(text) && !holdsSRT(text) {
		return JSON, nil
	}
	if problem := otherTextFormat(first, n); problem != nil && !(isMicroDVD(first) && holdsSRT(text)) {
		return "", problem
	}
	lower := strings.ToLower(first)
	if strings.HasPrefix(lower, "webvtt") || ext == "vtt" && !strictSRT(text) {
		return "", &Error{Line: 1, Message: "a WebVTT file must begin with the word WEBVTT, in capitals, alone or followed by a space, on its very first line."}
	}
	if ext == "srt" || ext == "vtt" || holdsSRT(text) {
		return SRT, nil
	}
	if known[ext] == JSON {
		return JSON, nil // the parser says where it is not
	}
	if known[ext] == Markdown || looksMarkdown(text) {
		return Markdown, nil
	}
	return Text, nil
}

// firstLine returns the first line that is not blank, trimmed, with its number;
// "" and 0 if there is none.
func firstLine(text string) (string, int) {
	for l := (lines{text: text}); l.scan(); {
		if s := trim(l.line); s != "" {
			return s, l.n
		}
	}
	return "", 0
}

// otherTextFormat refuses text in a format that is known but not read, which
// would otherwise pass as plain text and bring its syntax into the lecture.
func otherTextFormat(first string, n int) *Error {
	lower := strings.ToLower(first[:min(len(first), 32)])
	switch {
	case strings.HasPrefix(lower, "<?xml"), strings.HasPrefix(lower, "<tt "), strings.HasPrefix(lower, "<tt>"):
		return &Error{Line: n, Message: "XML transcripts (TTML and others) are not read; export the transcript as .srt or .vtt."}
	case strings.HasPrefix(lower, "<!doctype"), strings.HasPrefix(lower, "<html"):
		return &Error{Line: n, Message: "the file is a web page; save the transcript itself as .srt, .vtt or .txt."}
	case lower == "[script info]":
		return &Error{Line: n, Message: "SubStation Alpha subtitles (.ass, .ssa) are not read; export them as .srt or .vtt."}
	case isSBV(first):
		return &Error{Line: n, Message: "YouTube's SBV captions are not read; download them as .srt or .vtt."}
	case isMicroDVD(first):
		return &Error{Line: n, Message: "MicroDVD subtitles count in frames and are not read; export them as .srt or .vtt."}
	}
	return nil
}

// isSBV reports whether a line is an SBV timing: 0:00:01.000,0:00:03.500.
func isSBV(line string) bool {
	start, end, ok := strings.Cut(line, ",")
	if !ok {
		return false
	}
	_, rest1, ok1 := vttTimestamp(pad(start))
	_, rest2, ok2 := vttTimestamp(pad(end))
	return ok1 && ok2 && rest1 == "" && rest2 == ""
}

// pad gives the hours of an SBV time the second digit that a WebVTT time has.
func pad(s string) string { return "0" + s }

// isMicroDVD reports whether a line begins with two frame numbers: {10}{25}.
func isMicroDVD(line string) bool {
	for range 2 {
		rest, ok := strings.CutPrefix(line, "{")
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if !ok || digits == 0 || !strings.HasPrefix(rest[digits:], "}") {
			return false
		}
		line = rest[digits+1:]
	}
	return true
}
