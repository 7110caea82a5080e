package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lectern-tutor/lectern/postgres"
)

// scopeFlags say what a question or query is limited to.
type scopeFlags struct {
	Course   string            `required:"" help:"The course."`
	Lectures []string          `name:"lecture" help:"Only this lecture; may be given several times."`
	Seen     map[string]string `placeholder:"LECTURE=12:30" help:"How far a lecture has been watched, as 12:30 or 1:02:30: nothing later is used. May be given several times."`
}

func (f scopeFlags) scope() (postgres.Scope, error) {
	scope := postgres.Scope{Principal: postgres.Local, Course: f.Course, Lectures: f.Lectures}
	for _, lecture := range slices.Sorted(maps.Keys(f.Seen)) {
		if lecture == "" {
			return scope, fmt.Errorf("--seen =%s: name the lecture before the =", f.Seen[lecture])
		}
		ms, ok := clockMS(f.Seen[lecture])
		if !ok {
			return scope, fmt.Errorf("--seen %s=%s: the time looks like 12:30 or 1:02:30", lecture, f.Seen[lecture])
		}
		scope.Seen = append(scope.Seen, postgres.Seen{Lecture: lecture, UntilMS: ms})
	}
	return scope, nil
}

// clockMS reads minutes and seconds, with or without hours, as a player shows them.
func clockMS(clock string) (ms int64, ok bool) {
	parts := strings.Split(clock, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return 0, false
	}
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil || i > 0 && (n > 59 || len(part) != 2) {
			return 0, false
		}
		ms = 60*ms + int64(n)
	}
	return ms * 1000, ms < math.MaxInt64/1000
}
