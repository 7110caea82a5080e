package retrieve

// Statements are the literal statements by scope, for the tests of their plans.
var Statements = map[string]string{"course": courseSQL, "lectures": lecturesSQL, "lecture": lectureSQL}
