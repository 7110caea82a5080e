package lexical

// The lists are ours, from the abbreviations that occur in lectures. They hold
// lower-case forms without the last full stop.

// neverLast are abbreviations that something always follows.
var neverLast = makeSet(`dr mr mrs ms mx prof profs rev hon gov sen rep gen col lt sgt capt
	fig figs eq eqs eqn eqns e.g eg i.e ie vs cf viz approx resp incl
	sr sra dott bzw z.b d.h u.a ggf`)

// beforeNumber are abbreviations when a number follows and words otherwise.
var beforeNumber = makeSet(`no nos p pp vol vols ch chap sec sect art ex exs pt tab thm lem def
	prop cor ref refs ver rev jan feb mar apr jun jul aug sep sept oct nov dec nr s bd kap`)

// mayBeLast are abbreviations that may also end a sentence: they do when a
// word follows that usually begins one.
var mayBeLast = makeSet(`etc al inc ltd co corp st mt jr ph.d univ dept est assn ave blvd
	gmbh usw ca`)

// afterClock are words that continue a time of day, "3 a.m. Monday".
var afterClock = makeSet(`Monday Tuesday Wednesday Thursday Friday Saturday Sunday
	EST EDT CST CDT MST MDT PST PDT ET CT MT PT GMT UTC BST CET CEST
	Eastern Central Mountain Pacific Greenwich`)

// starters are words that, capitalised after an abbreviation or an initial,
// rather begin a sentence than continue a name.
var starters = makeSet(`the this that these those there then thus therefore it its he she we they
	you i a an and but or so if when while where what who why how which because since although
	however also in on at for from with by to as after before until now here our your his her
	their my one some many most all each every both no not yes well okay ok right let let's
	do does did is are was were can could will would should may might have has had
	next first second finally again still just even only suppose consider note notice remember
	think imagine look see say says said today`)
