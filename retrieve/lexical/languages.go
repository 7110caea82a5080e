package lexical

import (
	"errors"

	"github.com/blevesearch/bleve/v2/analysis"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ar" // each registers its filters
	_ "github.com/blevesearch/bleve/v2/analysis/lang/bg"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ca"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ckb"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cs"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/da"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/el"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/eu"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fa"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fi"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ga"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/gl"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hi"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hu"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/hy"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/id"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/it"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/nl"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/no"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pt"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ro"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ru"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/sv"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/registry"
)

// A languageSpec says which of bleve's filters make a language's terms.
type languageSpec struct {
	// analyzer is bleve's name. When filters is empty, the filters of bleve's
	// analyser of that name are used, in its order.
	analyzer string
	// filters are bleve filter names, for languages of which bleve has pieces
	// but no analyser.
	filters   []string
	breakZWNJ bool
}

// languages maps a base language to its analysis. English is apart (see
// english.go); Chinese, Japanese, Korean and Thai are not here because the
// neutral analyser's bigrams serve them, nor is Polish, whose stemmer would
// bring a module of tables with it.
var languages = map[string]languageSpec{
	"ar": {analyzer: "ar"}, "ckb": {analyzer: "ckb", breakZWNJ: true}, "da": {analyzer: "da"},
	"de": {analyzer: "de"}, "es": {analyzer: "es"}, "fa": {analyzer: "fa", breakZWNJ: true},
	"fi": {analyzer: "fi"}, "fr": {analyzer: "fr"}, "hi": {analyzer: "hi"}, "hr": {analyzer: "hr"},
	"hu": {analyzer: "hu"}, "it": {analyzer: "it"}, "nl": {analyzer: "nl"}, "no": {analyzer: "no"},
	"nb": {analyzer: "no"}, "nn": {analyzer: "no"}, "pt": {analyzer: "pt"},
	"ro": {analyzer: "ro"}, "ru": {analyzer: "ru"}, "sv": {analyzer: "sv"}, "tr": {analyzer: "tr"},

	"bg": {analyzer: "bg", filters: []string{lowercase.Name, "stop_bg"}},
	"ca": {analyzer: "ca", filters: []string{"elision_ca", lowercase.Name, "stop_ca"}},
	"cs": {analyzer: "cs", filters: []string{lowercase.Name, "stop_cs"}},
	"el": {analyzer: "el", filters: []string{lowercase.Name, "stop_el"}},
	"eu": {analyzer: "eu", filters: []string{lowercase.Name, "stop_eu"}},
	"ga": {analyzer: "ga", filters: []string{"elision_ga", lowercase.Name, "stop_ga"}},
	"gl": {analyzer: "gl", filters: []string{lowercase.Name, "stop_gl"}},
	"hy": {analyzer: "hy", filters: []string{lowercase.Name, "stop_hy"}},
	"id": {analyzer: "id", filters: []string{lowercase.Name, "stop_id"}},
}

func (s languageSpec) build() ([]analysis.TokenFilter, error) {
	cache := registry.NewCache()
	if len(s.filters) == 0 {
		a, err := cache.AnalyzerNamed(s.analyzer)
		if err != nil {
			return nil, err
		}
		d, ok := a.(*analysis.DefaultAnalyzer)
		if !ok {
			return nil, errors.New("bleve's analyzer has no list of token filters")
		}
		return d.TokenFilters, nil
	}
	filters := make([]analysis.TokenFilter, len(s.filters))
	for i, name := range s.filters {
		f, err := cache.TokenFilterNamed(name)
		if err != nil {
			return nil, err
		}
		filters[i] = f
	}
	return filters, nil
}
