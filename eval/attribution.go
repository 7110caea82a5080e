package eval

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"slices"
	"strings"
)

// A Claim is one row of AttributionBench (Li et al., "AttributionBench: How Hard is Automatic Attribution Evaluation?",
// ACL Findings 2024): a sentence, what it refers to, and whether people found it supported by that.
type Claim struct {
	Question     string
	Text         string   // without the marks of its citations
	References   []string // without labels and addresses
	Attributable bool
	Source       string // the data set that the row came from
}

// Claims are a file of them.
type Claims struct {
	SHA256 string // of the file, in hex
	Claims []Claim
}

// Labels of AttributionBench.
const (
	labelAttributable = "attributable"
	labelNot          = "not attributable"
)

// maxClaimsFile bounds a file of claims, in bytes.
const maxClaimsFile = 512 << 20

// ReadClaims reads AttributionBench's JSONL as it is: question, claim, references, attribution_label and src_dataset of
// every line; other fields are passed over. A line without a claim, a reference or a known label is a [FileError] with its
// number; so is a file without a line.
func ReadClaims(path string) (*Claims, error) {
	hash, err := hashFile(path)
	if err != nil {
		return nil, err
	}
	out := &Claims{SHA256: hash}
	err = eachOf(path, func(l *lines, line []byte) error {
		var row struct {
			Question   string   `json:"question"`
			Claim      string   `json:"claim"`
			References []string `json:"references"`
			Label      string   `json:"attribution_label"`
			Source     string   `json:"src_dataset"`
		}
		if err := l.decode(line, &row); err != nil {
			return err
		}
		switch {
		case strings.TrimSpace(row.Claim) == "":
			return l.fault("claim", "missing or empty")
		case len(row.References) == 0:
			return l.fault("references", "missing or empty")
		case row.Label != labelAttributable && row.Label != labelNot:
			return l.fault("attribution_label", "%.40q; it must be %q or %q", row.Label, labelAttributable, labelNot)
		case row.Source == "":
			return l.fault("src_dataset", "missing or empty")
		}
		c := Claim{Question: row.Question, Text: plainClaim(row.Claim), Attributable: row.Label == labelAttributable, Source: row.Source}
		for _, r := range row.References {
			c.References = append(c.References, plainReference(r))
		}
		out.Claims = append(out.Claims, c)
		return nil
	})
	if err == nil && len(out.Claims) == 0 {
		err = &FileError{Path: path, Message: "holds no claim"}
	}
	return out, err
}

func hashFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", &FileError{Path: path, Message: "cannot be opened: " + reason(err)}
	}
	if info.Size() > maxClaimsFile || info.IsDir() {
		return "", &FileError{Path: path, Message: "is a folder or larger than 512 MiB"}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return "", &FileError{Path: path, Message: "cannot be read: " + reason(err)}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

var (
	// citationMark is how generated answers point at their references: [3].
	citationMark = regexp.MustCompile(`\[\d{1,3}\]`)
	// address and label stand in front of a reference's text and are none of it.
	address = regexp.MustCompile(`https?://\S+`)
	label   = regexp.MustCompile(`(?m)^(?:Title|Section|Text): `)
	bold    = strings.NewReplacer("**", " ", "__", " ")
)

// plainClaim leaves out what is no word of the claim: a [3] would count as a number that the reference lacks.
func plainClaim(s string) string { return bold.Replace(citationMark.ReplaceAllString(s, " ")) }

func plainReference(s string) string {
	return plainClaim(label.ReplaceAllString(address.ReplaceAllString(s, " "), ""))
}

// Sources returns the names of the claims' sources, sorted.
func (c *Claims) Sources() []string {
	var out []string
	for _, claim := range c.Claims {
		if !slices.Contains(out, claim.Source) {
			out = append(out, claim.Source)
		}
	}
	slices.Sort(out)
	return out
}
