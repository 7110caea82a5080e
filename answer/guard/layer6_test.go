package guard

import "testing"

// TestMeaningRules: each rule of layer 6 that reads more than one cue word, with
// a sentence that breaks it and one that keeps it. None is from a lecture.
func TestMeaningRules(t *testing.T) {
	const (
		added      = "denies what the evidence affirms"
		dropped    = "affirms what the evidence denies"
		order      = "turns a comparison, an order or a cause round"
		exchange   = "says of one what the evidence says of the other"
		scope      = "says all, always or only where the evidence does not"
		grade      = "says more where the evidence says less"
		asked      = "says what the evidence asks and answers with no"
		taken      = "says what the evidence takes back"
		beside     = "says of a name what the evidence says of another beside it"
		connective = "exchanges the word that joins two clauses"
		frame      = "denies as a whole what the evidence says"
		corrected  = "says what the evidence corrects"
		exception  = "says of the exception what the evidence says of the rest"
	)
	tests := []struct{ claim, passage, want string }{
		// Denials.
		{"A magnet has no trouble lifting copper.", "[What a magnet can't do is lift copper.]", dropped},
		{"A moth sees no light.", "[Moths don't see the light, they feel it.]", ""},
		{"The clerk makes no payment on Sundays.", "[The clerk doesn't pay anything out on Sundays.]", ""},
		{"This key is not the one that opens the safe.", "[The small key opens the box, and the big key opens the safe.]", ""},
		{"You call the baker at six in the cold and dark of the morning and not the miller.", "[In the morning you call the miller.]", added},
		{"Water can't leave the pipe unnoticed.", "[If water leaves the pipe, a bell rings.]", ""},
		// Opposites that say how much.
		{"They are clean because they touch nothing.", "[Spoons are clean, forks are clean, everything clean is dry.]", ""},
		// Causes in a chain, and causes that point back.
		{"We sleep well, and so the window is open.", "[The window is open, so we sleep well, and so we work.]", order},
		{"The window is open, and so we sleep well.", "[The window is open, so we sleep well, and so we work.]", ""},
		{"Iron rusts because paint is needed.", "[Iron rusts in the rain. That's why paint is needed.]", order},
		{"Paint is needed because iron rusts.", "[Iron rusts in the rain. That's why paint is needed.]", ""},
		{"The seal covers both halves, so Mallory can't swap one unnoticed.", "[The seal covers both halves. If Mallory swaps one, the seal doesn't fit.]", ""},
		// Grades.
		{"The nurse is more patient than the doctor.", "[The nurse is less patient, the doctor waits for an hour.]", grade},
		{"The nurse is less patient than the doctor.", "[The nurse is less patient, the doctor waits for an hour.]", ""},
		{"Copying by hand goes more slowly than printing.", "[And yes, copying by hand is faster.]", grade},
		{"Copper is quicker to heat than iron.", "[Copper is slow compared with iron, so you wait.]", grade},
		{"The doctor is more patient than the nurse.", "[The nurse is less patient, the doctor waits for an hour.]", ""},
		{"A fibre is slower than a cable.", "[Remember that a cable is faster than a fibre here.]", ""},
		{"A fibre is faster than a cable.", "[Remember that a cable is faster than a fibre here.]", order},
		{"The new road is not more dangerous.", "[The new road is less dangerous, they say.]", ""},
		// Opposites that change places.
		{"If the string is too long it breaks, and if it is too short it never sounds.", "[Too short and it breaks. Too long and it never sounds.]", exchange},
		{"If the string is too short it breaks, and if it is too long it never sounds.", "[Too short and it breaks. Too long and it never sounds.]", ""},
		// All, and nothing but.
		{"The test finds all the mistakes.", "[The test finds most mistakes and proves nothing.]", scope},
		{"The net catches all the fish.", "[Nothing that swims gets through the net, it catches the fish.]", ""},
		{"In winter they eat nothing but acorns.", "[In winter they mostly eat acorns.]", scope},
		{"In winter they eat nothing but acorns.", "[In winter they only eat acorns.]", ""},
		{"The porter greets every guest.", "[When a guest comes in, the porter greets him.]", ""},
		{"The porter greets every guest.", "[The porter greets a guest by the door.]", scope},
		{"All that the shop sells is bread.", "[The shop sells bread. That's it.]", ""},
		{"All that the shop sells is bread.", "[The shop sells bread.]", scope},
		{"The shop only sells bread.", "[The shop sells bread. That's all.]", ""},
		// Denied and said in one breath.
		{"The mouse is out of the cat's sight, though the owl can see it.", "[The cat can't see the mouse, but the owl can.]", ""},
		{"The cat sees the mouse at night.", "[The cat can't see the mouse at night.]", dropped},
		{"She knows nothing about the road ahead.", "[On the road ahead you know nothing, so go slowly.]", ""},
		{"There are no intrusions, so the alarm for intrusions is off.", "[Nobody is there to intrude, so the intrusion alarm is off.]", ""},
		{"A name need not be rare in the county any more, only rare in its street.", "[So a name must be rare in its street. In the county, no.]", ""},
		{"The bell no longer rings at noon.", "[Once the bell was what rings at noon.]", ""},
		{"The bell doesn't ring at noon in the town.", "[The bell rings at noon in the town.]", added},
		// Asked and answered.
		{"A red sky means that rain is near.", "[So does a red sky mean that rain is near? No. It means dust.]", asked},
		{"A red sky doesn't mean that rain is near.", "[So does a red sky mean that rain is near? No. It means dust.]", ""},
		{"A red sky means dust.", "[So does a red sky mean that rain is near? No. It means dust.]", ""},
		// Connectives.
		{"He sleeps because he hears the storm outside.", "[He sleeps although he hears the storm outside.]", connective},
		{"Although he hears the storm outside, he sleeps.", "[He sleeps although he hears the storm outside.]", ""},
		{"Unless the farmer sells his barn, the bank waits.", "[If the farmer sells his barn, the bank waits.]", connective},
		{"Unless the farmer sells his barn, the bank takes the field.", "[If the farmer doesn't sell his barn, the bank takes the field.]", ""},
		{"The bank takes the field unless the farmer sells his barn.", "[If the farmer sells his barn, the bank never takes the field.]", ""},
		{"Before seven long nights of frost the lake is crossed.", "[After seven long nights of frost the lake is crossed.]", connective},
		{"The lake is crossed before the thaw begins.", "[After the lake is crossed, the thaw begins.]", ""},
		{"The pump runs after the tank is full.", "[The pump runs until the tank is full.]", connective},
		// Frames.
		{"It is a myth that the pump fills the tank.", "[The pump fills the tank at night.]", frame},
		{"Nobody believes that the pump fills the tank.", "[The pump fills the tank at night.]", frame},
		{"It would be wrong to say that the pump fills the tank.", "[The pump fills the tank at night.]", frame},
		{"It is not true that the pump fills the tank.", "[The pump fills the tank at night.]", added + "; " + frame},
		{"It is not wrong to say that the pump fills the tank.", "[The pump fills the tank at night.]", ""},
		{"It is true that the pump fills the tank.", "[The pump fills the tank at night.]", ""},
		{"It is a myth that the pump fills the tank.", "[The pump doesn't fill the tank.]", ""},
		{"It is a myth that the pump fills the tank.", "[Does the pump fill the tank? That is nonsense.]", ""},
		// Corrections.
		{"Anna paints the wall of the house.", "[Anna paints the door of the house. Not the wall, the door.]", corrected},
		{"Anna paints the door of the house.", "[Anna paints the door of the house. Not the wall, the door.]", ""},
		{"Anna paints the door of the house, and not the wall.", "[Anna paints the door of the house. Not the wall, the door.]", ""},
		// Exceptions.
		{"The letter goes to the clerk who wrote it.", "[The letter goes to every clerk except the one who wrote it.]", exception},
		{"The letter goes to every clerk but the one who wrote it.", "[The letter goes to every clerk except the one who wrote it.]", ""},
		{"The letter doesn't go to the clerk who wrote it.", "[The letter goes to every clerk except the one who wrote it.]", ""},
		// Nothing as what a verb has.
		{"The smith mends the broken gate.", "[The smith sees the broken gate, and he mends nothing.]", dropped},
		{"The smith doesn't mend the broken gate.", "[The smith sees the broken gate, and he mends nothing.]", ""},
		{"Rain is near when the sky is red.", "[What does a red sky mean? No idea, but rain is near when the sky is red.]", ""},
		// Taken back.
		{"Each swan in the world has white feathers.", "[Earlier I said that each swan in the world has white feathers. It isn't true in general.]", taken},
		{"It isn't true that each swan in the world has white feathers.", "[Earlier I said that each swan in the world has white feathers. It isn't true in general.]", ""},
		{"Swans were once thought to have white feathers.", "[Earlier I said that each swan in the world has white feathers. It isn't true in general.]", ""},
		// Side by side.
		{"Turning grain into flour on the farm is the job of Anna.", "[Anna turns grapes into wine, Ben turns grain into flour, but only on the farm.]", beside},
		{"Turning grain into flour on the farm is the job of Ben.", "[Anna turns grapes into wine, Ben turns grain into flour, but only on the farm.]", ""},
		{"Paint number 17 is sold as Umber.", "[The number says what it is: 6 is Umber, 17 is Ochre, 1 is Soot.]", beside},
		{"Paint number 6 is sold as Umber.", "[The number says what it is: 6 is Umber, 17 is Ochre, 1 is Soot.]", ""},
		{"Anna and Ben both turn something into something else.", "[Anna turns grapes into wine, Ben turns grain into flour, but only on the farm.]", ""},
	}
	for _, tt := range tests {
		if got := judgeOn(t, tt.claim, tt.passage); got != tt.want {
			t.Errorf("%q\n  on %q:\n  %q, want %q", tt.claim, tt.passage, got, tt.want)
		}
	}
}
