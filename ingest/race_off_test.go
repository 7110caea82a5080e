//go:build !race

package ingest

// raceDetector says that the tests run under the race detector.
const raceDetector = false
