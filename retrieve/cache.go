package retrieve

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/lectern-tutor/lectern/postgres"
	"golang.org/x/sync/singleflight"
)

// cache keeps the postings of the courses that were asked last, bounded in bytes. A course in it is immutable: a
// refresh makes a new one that shares the lectures that did not change.
type cache struct {
	db  *postgres.DB
	max int

	loads singleflight.Group

	mu      sync.Mutex
	bytes   int
	recent  *list.List // of *course, most recently used first
	courses map[string]*list.Element
}

// loadTimeout bounds loading a course, whoever waits for it.
const loadTimeout = 30 * time.Second

func newCache(db *postgres.DB, maxBytes int) *cache {
	return &cache{db: db, max: maxBytes, recent: list.New(), courses: map[string]*list.Element{}}
}

// course returns the cached course, or loads it. It may be older than the database; Search finds out in its statement.
func (c *cache) course(ctx context.Context, id string) (*course, error) {
	if found := c.get(id); found != nil {
		return found, nil
	}
	return c.refresh(ctx, id, 0)
}

// refresh loads what is newer than the cache holds. Searches that need the same course wait for one load. atLeast is
// the content version somebody has seen: a cached course that has it already is returned as it is.
func (c *cache) refresh(ctx context.Context, id string, atLeast int64) (*course, error) {
	if found := c.get(id); found != nil && atLeast > 0 && found.version >= atLeast {
		return found, nil
	}
	found, shared, err := c.loadShared(ctx, id)
	if err == nil && shared && found.version < atLeast { // that load had begun before this version was there
		found, _, err = c.loadShared(ctx, id)
	}
	return found, err
}

// loadShared loads a course, or waits for whoever is loading it.
func (c *cache) loadShared(ctx context.Context, id string) (found *course, shared bool, err error) {
	// The load outlives the caller that happened to be first, for the sake of those who wait with it.
	// It has an end of its own: a database that never answers must not block the course for good.
	outliving := context.WithoutCancel(ctx)
	loaded := c.loads.DoChan(id, func() (any, error) {
		limited, cancel := context.WithTimeout(outliving, loadTimeout)
		defer cancel()
		fresh, err := c.load(limited, id, c.get(id))
		switch {
		case err == nil:
			c.put(fresh)
		case errors.Is(err, ErrNoCourse), errors.Is(err, ErrDeleted):
			c.drop(id)
		}
		return fresh, err
	})
	select {
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case r := <-loaded:
		if r.Err != nil {
			return nil, r.Shared, r.Err
		}
		return r.Val.(*course), r.Shared, nil
	}
}

func (c *cache) get(id string) *course {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.courses[id]
	if !ok {
		return nil
	}
	c.recent.MoveToFront(e)
	return e.Value.(*course)
}

// put keeps a course and lets go of those asked longest ago until all fit. A course that alone is larger than the bound is
// not kept: it is loaded for every search.
func (c *cache) put(fresh *course) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(fresh.id)
	if fresh.bytes > c.max {
		return
	}
	c.courses[fresh.id] = c.recent.PushFront(fresh)
	c.bytes += fresh.bytes
	for c.bytes > c.max {
		c.forget(c.recent.Back().Value.(*course).id)
	}
}

// drop forgets a course that is not there any more.
func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(id)
}

// forget is drop for who holds the lock.
func (c *cache) forget(id string) {
	if e, ok := c.courses[id]; ok {
		c.bytes -= c.recent.Remove(e).(*course).bytes
		delete(c.courses, id)
	}
}
