package postgres

import "regexp"

// Scope says on whose behalf and within what a request reads. It goes into every room, so that no statement can be
// written without saying whose course it is about.
type Scope struct {
	// Principal is who asks. Until there is access control the only principal is Local.
	Principal string
	// Course is the one course the request may see. Never empty.
	Course string
	// Lectures limits the request to these lectures of the course. Empty: every lecture that is visible.
	Lectures []string
	// Seen limits lectures to what the student has watched. A lecture that is not named is not limited; a name that is no
	// visible lecture of the course limits nothing. Of a lecture that is named twice the lower limit holds.
	Seen []Seen
}

// Seen says how far a lecture has been watched.
type Seen struct {
	Lecture string
	// UntilMS is in ms from the start of the lecture: a chunk that ends later is not retrieved. Up to 0 nothing was seen.
	// math.MaxInt64: all of it. Nobody can say what comes later in a lecture without times, so it is withheld whole
	// unless all of it was seen.
	UntilMS int64
}

// Local is the principal of a server that only listens on the loopback interface, and of the command line.
const Local = "local"

var identifier = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// ValidCourseID reports whether s can name a course: 1 to 64 of a-z, 0-9, _ and -, the first one a letter or a digit.
// The schema checks the same.
func ValidCourseID(s string) bool { return len(s) <= 64 && identifier.MatchString(s) }

// ValidLectureID reports whether s can name a lecture: like a course, up to 128 characters.
func ValidLectureID(s string) bool { return len(s) <= 128 && identifier.MatchString(s) }
