package main

import (
	"context"
	"fmt"
	"time"
)

// grace is what requests and jobs at hand have to finish once the process is told to stop. Only tests change it.
var grace = 10 * time.Second

type workCmd struct{}

// Run works the queue until the context ends.
func (workCmd) Run(ctx context.Context, a *app) error {
	rooms, err := a.rooms(ctx)
	if err != nil {
		return err
	}
	if err := a.reportHealth(ctx, rooms.db); err != nil {
		return err
	}
	stop, err := rooms.ingester.Start(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(a.stdout, "working the queue; Ctrl-C stops it")
	<-ctx.Done()
	a.log().Info("stopping; jobs at hand have ten seconds, then they are given back")
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return stop(ending)
}
