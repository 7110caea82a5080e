//go:build unix

package postgres

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Bounds of shared_buffers in MB: PostgreSQL's default, and what holds the vectors of two million chunks.
const (
	leastBuffers = 128
	mostBuffers  = 4096
	buffersShare = 8 // one in so many of the machine's memory
)

// buffersSetting sizes shared_buffers by the machine. A search reads all vectors of its course, 500 pages for 2,000 chunks
// of 768 dimensions; where they have to be copied from the system's cache, with their checksums, the scan takes more than
// twice the processor time (docs/benchmarks.md, Scale). PostgreSQL's manual says a quarter of the memory for a server that
// has the machine to itself; this one has not. What the data do not fill is not taken.
func buffersSetting() string {
	return fmt.Sprintf("shared_buffers = %dMB\n", buffersOf(memory("/proc/meminfo", "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")))
}

// buffersOf is in MB; 0 bytes of memory are unknown.
func buffersOf(bytes int64) int64 {
	return min(max(bytes>>20/buffersShare, leastBuffers), mostBuffers)
}

// memory is what this process and the server may use, in bytes: the machine's, or less where the files of a control group,
// such as a container's, say so. 0: nobody says.
func memory(meminfo string, limits ...string) int64 {
	var bytes int64
	if b, err := os.ReadFile(meminfo); err == nil {
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
				kb, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
				bytes = kb << 10
			}
		}
	}
	for _, path := range limits {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		limit, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64) // "max" is none
		if err == nil && limit > 0 && (bytes == 0 || limit < bytes) {
			bytes = limit
		}
	}
	return bytes
}
