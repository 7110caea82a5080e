package eval

import "io"

func DrawSweep(w io.Writer, r *SweepReport) error { return nil }
