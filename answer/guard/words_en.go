package guard

import "github.com/lectern-tutor/lectern/retrieve/lexical"

// The lists are ours, written from grammar books and from how lecturers speak.

func english() *language {
	l := &language{
		cues: map[string]cue{}, numbers: map[string]numberWord{}, units: englishUnits(),
		antonyms: map[string][]string{}, stem: englishStem, meaning: true,
	}
	for w := range l.units {
		l.cues[w] |= cueUnit
	}
	for _, p := range prefixes {
		l.cues[p.name] |= cueUnit
	}
	l.add(cueUnit, "per")
	l.spell(roleDigit, "zero one two three four five six seven eight nine")
	l.spell(roleTeen, "10 ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	l.spell(roleTens, "20/10 twenty thirty forty fifty sixty seventy eighty ninety")
	l.spell(roleOrdinal, "1 first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "+
		"fifteenth sixteenth seventeenth eighteenth nineteenth")
	l.spell(roleOrdinal, "20/10 twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth")
	l.spell(roleFraction, "2 half third quarter")
	l.spell(roleFraction, "2 halves thirds quarters fifths sixths sevenths eighths ninths tenths")
	for w, n := range map[string]numberWord{
		"oh": {0, roleOh}, "o": {0, roleOh}, "nought": {0, roleDigit}, "fourty": {40, roleTens}, //nolint:misspell // students do
		"hundred": {100, roleHundred}, "thousand": {1e3, roleScale}, "million": {1e6, roleScale}, "billion": {1e9, roleScale},
		"trillion": {1e12, roleScale}, "dozen": {12, roleDozen}, "hundreds": {100, roleNone},
		"and": {0, roleAnd}, "a": {1, roleA}, "an": {1, roleA}, "point": {0, rolePoint}, "dot": {0, rolePoint},
		"third": {3, roleOrdinal}, "quarter": {4, roleFraction}, "quarters": {4, roleFraction}, "fourths": {4, roleFraction},
		"hundredth": {100, roleFraction}, "hundredths": {100, roleFraction}, "thousandth": {1000, roleFraction},
		"thousandths": {1000, roleFraction}, "millionth": {1e6, roleFraction}, "millionths": {1e6, roleFraction},
		"billionth": {1e9, roleFraction}, "tenth": {10, roleOrdinal}, "tenths": {10, roleFraction},
		"twice": {2, roleTimes}, "double": {2, roleTimes}, "doubles": {2, roleTimes}, "doubled": {2, roleTimes},
		"doubling": {2, roleTimes}, "triple": {3, roleTimes}, "triples": {3, roleTimes}, "tripled": {3, roleTimes},
		"thrice": {3, roleTimes}, "halve": {0.5, roleTimes}, "halved": {0.5, roleTimes}, "halving": {0.5, roleTimes},
		"tenfold": {10, roleTimes}, "twofold": {2, roleTimes}, "hundredfold": {100, roleTimes},
	} {
		l.number(w, n.value, n.role)
	}
	delete(l.cues, "hundreds")
	l.add(cueFunction, `a an the this that these those there here it its itself he she they them their his her him we us our you your
		i me my who whom whose which what when where how why of to in on at by for with from into onto over under between among
		through during about as than then so and or but nor if whether while until till upto via per up down out off
		is are was were be been being am do does did doing done has have had having can could may might must shall should will would
		get gets got let lets also too very just even still already yet again both each every all any some no not none never only
		one ones other another such own same much many more most less least few fewer several
		because since though although however therefore thus hence well okay um uh er now right yes oh please
		isn aren wasn weren doesn don didn hasn haven hadn wouldn couldn shouldn mustn needn cannot`)
	l.add(cueClause, "but because since although though whereas while unless if which who when so therefore thus hence however")
	l.add(cueNot, `not no never none nobody nothing nowhere neither nor without cannot isn't aren't wasn't weren't doesn't don't didn't hasn't haven't
		hadn't won't wouldn't can't couldn't shouldn't mustn't needn't ain't mightn't shan't dont doesnt isnt cant wont didnt hardly barely scarcely
		seldom rarely noone`)
	l.add(cueFunction, `isn't aren't wasn't weren't doesn't don't didn't hasn't haven't hadn't won't wouldn't can't couldn't shouldn't mustn't needn't
		ain't mightn't nobody nothing nowhere neither without hardly barely scarcely seldom rarely`)
	l.add(cueLacks, `lack lacks lacked lacking absent absence fail fails failed failing failure prevent prevents prevented avoid avoids avoided avoiding
		refuse refuses refused ignore ignores ignored ignoring miss misses missing omit omits omitted omitting exclude excludes excluded
		deny denies forbid forbids forbidden stop stops stopped free unable false wrong untrue impossible instead rather unless except less
		away lose loses lost drop drops dropped discard discards discarded withdraw withdrew withdrawn abandon mistake mistaken myth
		skip skips skipped forget forgets unlike regardless irrespective independent independently apart hide hides hidden unaware
		rejects reject rejected spare spares spared save saves saved unchanged unnoticed undetected unseen constant stays remain remains nevertheless`)
	l.add(cueAll, `all always every everyone everybody everything everywhere any anything anyone each entire entirely whole complete completely fully
		must invariably constantly forever total totally universally guarantee guarantees guaranteed whatever whenever wherever whoever
		exactly both inevitably per never none nothing nobody no`)
	l.add(cueSome, `some sometimes most mostly usually often many several normally typically generally commonly frequently occasionally
		partly partially nearly almost roughly approximately may might can could possibly perhaps probably likely few certain rarely seldom
		largely mainly tend tends majority sort kind practically`)
	l.add(cueOnly, `only solely exclusively just alone merely sole purely`)
	l.add(cueThan, "than")
	l.add(cueBefore, "before")
	l.add(cueAfter, "after")
	l.add(cueCause, "so therefore thus hence consequently cause causes caused causing leads lead led produces produce triggers trigger makes")
	l.add(cueBecause, "because since due owing")
	l.add(cueAbout, `about around roughly approximately nearly almost some circa approx ca ~ ≈ over under`)
	l.add(cueAdverb, `mean means meant true case really actually necessarily even quite yet just always ever also simply only being been be able going to a an the any
		longer much very so have has had get gets got need needs explicitly directly itself want wants supposed allowed
		make makes made use uses used per trouble problem problems difficulty`)
	l.add(cueInstead, "instead rather unlike whereas opposed versus")
	l.add(cuePair, "both either neither pair couple twice two each other")
	l.add(cueArticle, "a an one the each every per single this another")
	l.add(cuePronoun, "he she they him her them his their")
	l.add(cueName, `i i'm i'll i'd i've ok okay not must no never always only all every`)
	l.opposite(`more/less more/fewer most/least most/fewest larger/smaller bigger/smaller greater/smaller greater/less higher/lower
		high/low longer/shorter long/short faster/slower fast/slow quicker/slower quick/slow large/small big/small large/tiny big/tiny
		increase/decrease increases/decreases increase/reduce increase/shrink grow/shrink grows/shrinks rise/fall rises/falls rise/drop raise/lower
		double/halve doubles/halves doubled/halved double/half before/after earlier/later early/late first/last always/never
		all/none everything/nothing everybody/nobody accept/reject accepted/rejected open/close opens/closes opened/closed add/remove adds/removes
		add/subtract adds/subtracts send/receive sends/receives sender/receiver client/server source/destination
		strong/weak stronger/weaker better/worse best/worst easy/hard easier/harder simple/complex cheap/expensive cheaper/expensive
		above/below over/under inside/outside upper/lower up/down full/empty maximum/minimum max/min front/end
		reliable/unreliable ordered/unordered connected/disconnected encrypted/unencrypted safe/unsafe possible/impossible
		necessary/unnecessary equal/unequal known/unknown changed/unchanged public/private local/global
		start/stop starts/stops begin/end begins/ends enable/disable enables/disables allow/forbid allows/forbids allow/prevent allows/prevents
		remember/forget remembers/forgets succeed/fail succeeds/fails gain/lose near/far nearer/farther closer/farther
		wide/narrow wider/narrower thick/thin heavy/light hot/cold dense/sparse even/odd positive/negative left/right static/dynamic
		temporary/permanent optional/mandatory optional/required synchronous/asynchronous encrypt/decrypt encrypts/decrypts
		request/reply question/answer smallest/largest shortest/longest fastest/slowest lowest/highest least/greatest fewer/greater
		simple/complicated simpler/complicated at_least/at_most cheap/costly rare/common rarely/often seldom/often
		catch/miss catches/misses catch/overlook catches/overlooks detect/miss detects/misses notice/overlook notices/overlooks
		successful/failed successful/unsuccessful`)
	l.known = lexical.NewRecent(l.read)
	return l
}
