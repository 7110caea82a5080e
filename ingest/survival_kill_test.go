package ingest_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lectern-tutor/lectern/ingest"
	"github.com/lectern-tutor/lectern/llm/llmtest"
)

// A kill says who is killed at a step, and what must be there afterwards.
type kill struct {
	name   string
	acts   []act
	nth    []int // at which passings; nil: the first
	landed bool  // the act's outcome is committed
}

var (
	uploads   = []act{byLecture, byWorker}
	deletions = []act{byDelete, byDropCourse}
)

// kills has an entry for each step. The two lines after it do not compile while one is missing, and TestKills fails while
// one is empty.
var kills = [...]kill{
	ingest.StepAccepting: {name: "accepting", acts: uploads},
	ingest.StepAccepted:  {name: "accepted", acts: uploads},
	ingest.StepClaimed:   {name: "claimed", acts: uploads},
	ingest.StepParsed:    {name: "parsed", acts: uploads},
	ingest.StepStaged:    {name: "staged", acts: uploads, nth: []int{1, 2, 4}},
	ingest.StepEmbedded:  {name: "embedded", acts: uploads},
	ingest.StepLocked:    {name: "locked", acts: uploads},
	ingest.StepWritten:   {name: "written", acts: uploads},
	ingest.StepActivated: {name: "activated", acts: uploads},
	ingest.StepPublished: {name: "published", acts: uploads, landed: true},
	ingest.StepDeleting:  {name: "deleting", acts: deletions},
	ingest.StepDeleted:   {name: "deleted", acts: deletions, landed: true},
	ingest.StepSweeping:  {name: "sweeping", acts: []act{bySweep}},
}

var _ = [1]struct{}{}[len(kills)-int(ingest.NumSteps)]

// A killing is one case.
type killing struct {
	act    act
	step   ingest.Step
	nth    int
	landed bool
	reply  bool // killed not at the step but when the nth reply of the embedding server is on its way
	rerun  bool // recovered by the same again; else by a worker elsewhere, which nobody tells
}

func (k killing) String() string {
	where := fmt.Sprintf("%s %d", kills[k.step].name, k.nth)
	if k.reply {
		where = fmt.Sprintf("reply %d", k.nth)
	}
	how := "taken over elsewhere"
	if k.rerun {
		how = "run again"
	}
	return fmt.Sprintf("%s, %s, %s", k.act, where, how)
}

func killings() []killing {
	var all []killing
	for step, k := range kills {
		nth := k.nth
		if nth == nil {
			nth = []int{1}
		}
		for _, act := range k.acts {
			for _, n := range nth {
				one := killing{act: act, step: ingest.Step(step), nth: n, landed: k.landed, rerun: true}
				all = append(all, one)
				if act == byLecture || act == byWorker { // nobody finishes a deletion that was not committed
					one.rerun = false
					all = append(all, one)
				}
			}
		}
	}
	for _, act := range uploads {
		for _, n := range []int{1, 3} {
			all = append(all, killing{act: act, nth: n, reply: true, rerun: true}, killing{act: act, nth: n, reply: true})
		}
	}
	return all
}

// An outcome is what an act comes to when nobody disturbs it.
type outcome struct {
	digest string
	paid   int
}

// undisturbed performs the act in peace, once for all tests.
var undisturbed = struct {
	sync.Mutex
	by map[act]outcome
}{by: map[act]outcome{}}

func inPeace(t testing.TB, a act) outcome {
	t.Helper()
	undisturbed.Lock()
	defer undisturbed.Unlock()
	if o, known := undisturbed.by[a]; known {
		return o
	}
	s := newSite(t)
	s.prepare(a)
	if err := a.do(t.Context(), s.in); err != nil {
		t.Fatal(err)
	}
	s.sound("undisturbed")
	o := outcome{s.digest(), s.paid()}
	undisturbed.by[a] = o
	return o
}

// prepare makes what the act needs: there must be something to sweep.
func (s *site) prepare(a act) {
	s.t.Helper()
	if a == bySweep {
		if err := byLecture.do(s.t.Context(), s.in); err != nil {
			s.t.Fatal(err)
		}
		s.spent += s.paid()
	}
}

// TestKills: a process that is killed at any step loses nothing, shows nothing half done and pays for nothing twice,
// whether the same is run again or another process goes on.
func TestKills(t *testing.T) {
	for step, k := range kills {
		if k.name == "" || len(k.acts) == 0 {
			t.Errorf("step %d has no test", step)
		}
	}
	rng := dice(t)
	for _, k := range sample(t, rng, killings(), 7) {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			k.run(t)
		})
	}
}

func (k killing) run(t *testing.T) {
	peace := inPeace(t, k.act)
	s := newSite(t)
	s.prepare(k.act)
	before := oldText()
	if k.act == bySweep {
		before = newText()
	}
	k.kill(s)

	s.sound("killed")
	if k.landed {
		k.done(s, "killed after it was done")
	} else {
		s.shows("killed before it was done,", before)
		accepted := (k.act == byLecture || k.act == byWorker) && (k.step != ingest.StepAccepting || k.reply)
		if waits := len(s.pending()) == 1; waits != accepted {
			t.Errorf("killed, these uploads are pending: %+v", s.pending())
		}
	}

	began := time.Now()
	if k.rerun {
		err := k.act.again(t, s)
		if wanted := k.landed && (k.act == byDelete || k.act == byDropCourse); wanted != errors.Is(err, ingest.ErrDeleted) || err != nil && !wanted {
			t.Errorf("the same again: %v", err)
		}
	} else {
		in := s.elsewhere()
		if k.step == ingest.StepAccepting && !k.reply { // the uploader was told nothing, and comes again
			if _, err := in.Accept(t.Context(), upload("one", newText()), ingest.Condition{}); err != nil {
				t.Fatal(err)
			}
		}
		s.settled()
	}
	took := time.Since(began)
	if k.rerun && took > ingest.Lease/2 {
		t.Errorf("the same again took %s: it waited for the killed one", took)
	}

	s.sound("recovered")
	k.done(s, "recovered")
	if got := s.digest(); got != peace.digest {
		t.Errorf("digest %s, undisturbed %s", got, peace.digest)
	}
	allowed := peace.paid
	if k.reply {
		allowed += batch // killed with a batch that was paid for and not yet staged: that one is lost
	}
	if paid := s.paid(); paid < peace.paid || paid > allowed {
		t.Errorf("paid for %d texts, undisturbed %d", paid, peace.paid)
	}
	t.Logf("recovered in %s, %d texts embedded of %d", took.Round(time.Millisecond), s.paid(), peace.paid)
}

// kill starts the child and waits for its death.
func (k killing) kill(s *site) {
	s.t.Helper()
	if !k.reply {
		child := s.spawn(script{Act: k.act, Step: k.step, Nth: k.nth, Signal: syscall.SIGKILL})
		child.raised()
		child.killed()
		return
	}
	victim := make(chan *child, 1)
	dead := make(chan struct{})
	calls := 0
	var mu sync.Mutex
	s.at.HandleEmbeddings(func(llmtest.Request) llmtest.Reply {
		mu.Lock()
		calls++
		hit := calls == k.nth
		mu.Unlock()
		if hit {
			_ = (<-victim).cmd.Process.Kill()
			<-dead
		}
		return llmtest.Reply{}
	})
	child := s.spawn(script{Act: k.act})
	victim <- child
	child.killed()
	close(dead)
	s.at.HandleEmbeddings(nil)
}

// again is the act once more, by somebody who knows of no killing.
func (a act) again(t *testing.T, s *site) error {
	t.Helper()
	if a == byWorker {
		// A worker that knows of no lease but the programs': what it takes over at once is the new upload.
		in, _ := s.ingester(s.app)
		return a.do(t.Context(), in)
	}
	return a.do(t.Context(), s.in)
}

// done fails the test unless the act's outcome is there, once.
func (k killing) done(s *site, when string) {
	s.t.Helper()
	switch k.act {
	case byLecture, byWorker:
		s.shows(when, newText())
		if v := s.version(); v != 2 {
			s.t.Errorf("%s it is version %d", when, v)
		}
		published := 0
		for _, job := range s.jobs(false) {
			switch job.State {
			case ingest.Published:
				published++
			case ingest.Superseded:
			default:
				s.t.Errorf("%s there is a job %+v", when, job)
			}
		}
		if published != 2 { // oldText and newText
			s.t.Errorf("%s %d jobs are published", when, published)
		}
	case byDelete, byDropCourse:
		s.gone(when)
	case bySweep:
		s.shows(when, newText())
	}
}

// gone fails the test unless the lecture "one" was deleted without a trace of its words.
func (s *site) gone(when string) {
	s.t.Helper()
	s.shows(when, "")
	if v := s.version(); v != 0 {
		s.t.Errorf("%s version %d is active", when, v)
	}
	if found := s.traces(); len(found) > 0 {
		s.t.Errorf("%s there are words of it in %s", when, strings.Join(found, ", "))
	}
	if p := s.pending(); len(p) > 0 {
		s.t.Errorf("%s there are uploads pending: %+v", when, p)
	}
}

// TestTracesAreFound: the search for words of a lecture finds them where they are, or its silence would mean nothing.
func TestTracesAreFound(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	found := strings.Join(s.traces(), " ")
	for _, table := range []string{"public.chunks", "public.ingest_jobs", "public.lecture_postings"} {
		if !strings.Contains(found, table) {
			t.Errorf("%s holds words of the lecture; found: %s", table, found)
		}
	}
}

// TestStepsArePassed: each step that the table names is one that the pipeline passes.
func TestStepsArePassed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared, passed := map[string]bool{}, map[string]int{}
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			for _, name := range n.Names {
				if strings.HasPrefix(name.Name, "Step") {
					declared[name.Name] = true
				}
			}
		case *ast.CallExpr:
			fun, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || fun.Sel.Name != "at" || len(n.Args) != 1 {
				break
			}
			if step, ok := n.Args[0].(*ast.Ident); ok {
				passed[step.Name]++
			}
		}
		return true
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, look)
	}
	if len(declared) != int(ingest.NumSteps) {
		t.Errorf("%d steps are declared, and there are %d", len(declared), ingest.NumSteps)
	}
	for step := range declared {
		if passed[step] == 0 {
			t.Errorf("nothing passes %s", step)
		}
	}
}
