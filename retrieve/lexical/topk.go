package lexical

import "slices"

// best returns the k best of scores, which lie one lecture after another. A
// document whose score is 0 holds no term and is left out, as is one that keep
// does not want; keep may be nil.
func best(lectures []*Postings, scores []float64, k int, keep func(lecture, doc int) bool) []Hit {
	// A heap of at most k hits with the worst on top.
	heap := make([]Hit, 0, min(k, len(scores), 1024))
	base := 0
	for j, l := range lectures {
		n := l.Docs()
		for doc, score := range scores[base : base+n] {
			// Places ascend, so a score equal to the worst kept is not better.
			if score <= 0 || len(heap) == k && score <= heap[0].Score || keep != nil && !keep(j, doc) {
				continue
			}
			h := Hit{Lecture: j, Doc: doc, Score: score}
			if len(heap) < k {
				heap = append(heap, h)
				siftUp(heap)
			} else {
				heap[0] = h
				siftDown(heap)
			}
		}
		base += n
	}
	slices.SortFunc(heap, better)
	return heap
}

// better orders hits as Search returns them: negative if a comes first.
func better(a, b Hit) int {
	switch {
	case a.Score > b.Score:
		return -1
	case a.Score < b.Score:
		return 1
	case a.Lecture != b.Lecture:
		return a.Lecture - b.Lecture
	}
	return a.Doc - b.Doc
}

func siftUp(heap []Hit) {
	for i := len(heap) - 1; i > 0; {
		parent := (i - 1) / 2
		if better(heap[i], heap[parent]) <= 0 {
			return
		}
		heap[i], heap[parent] = heap[parent], heap[i]
		i = parent
	}
}

func siftDown(heap []Hit) {
	for i := 0; ; {
		worst := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(heap); c++ {
			if better(heap[c], heap[worst]) > 0 {
				worst = c
			}
		}
		if worst == i {
			return
		}
		heap[i], heap[worst] = heap[worst], heap[i]
		i = worst
	}
}
