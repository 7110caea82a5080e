package guard

// Version names what Check decides. It is stored with every verdict, so that a verdict that a later guard does not repeat
// is told from one that was tampered with. It changes whenever any draft could be judged otherwise than before; a test
// holds it beside a list of verdicts.
const Version = "g4"
