package retrieve

// Statements are the statements by scope, for the tests of their plans.
var Statements = map[string]string{
	"course": unlimited(courseSQL), "lectures": unlimited(lecturesSQL), "lecture": unlimited(lectureSQL),
	"course-seen": courseSQL, "lectures-seen": lecturesSQL, "lecture-seen": lectureSQL,
}

// Cached says what the cache holds.
func (s *Searcher) Cached() (bytes int, courses []string) {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	for e := s.cache.recent.Front(); e != nil; e = e.Next() {
		courses = append(courses, e.Value.(*course).id)
	}
	return s.cache.bytes, courses
}

// CachedPostings returns what tells a loaded lecture from the same one loaded again, by lecture.
func (s *Searcher) CachedPostings(id string) map[string]any {
	out := map[string]any{}
	if c := s.cache.get(id); c != nil {
		for _, l := range c.lectures {
			out[l.id] = l.postings
		}
	}
	return out
}
