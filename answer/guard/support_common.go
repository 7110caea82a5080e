package guard

import (
	"strings"

	"github.com/lectern-tutor/lectern/retrieve/lexical"
)

// commonEnglish are English words, written down by us, that stand in texts
// about anything: finding one of them in the evidence says little. Stop words
// are not here; they are no terms at all.
const commonEnglish = `
	also other some any many more most much few all each every both either several various different same such
	one two three first second last new old good great big small large high low long short early late right left own next
	make made use used get got take took give given go went come came see seen know known think say said tell find found
	show help need want work call called become include including provide start begin end keep let set put turn lead
	cause change increase reduce allow create follow mean result effect affect occur happen depend consider example case way
	thing time year day people person man woman child world country place part number group kind type form area point side
	fact reason problem question answer information system process
	however therefore thus because since while although though than when before after during through over under out up down
	off again further once here very just only even well still back now never always often sometimes usually generally typically
	may might must shall like around among within without against across along another being having doing done
	important common specific certain possible able likely main major general particular significant additional overall
	furthermore moreover according based due related associated individual factor level amount range term life role ability
	order purpose support ensure improve develop require issue impact benefit us them those who's it's`

// commonStems are the terms of commonEnglish.
var commonStems = stemsOf("en", commonEnglish)

func stemsOf(language, words string) map[string]bool {
	set := make(map[string]bool)
	if a, err := lexical.NewAnalyzer(language); err == nil {
		for _, w := range strings.Fields(words) {
			for _, s := range a.Strings(w) {
				set[s] = true
			}
		}
	}
	return set
}
