package scale

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/lectern-tutor/lectern/postgres"
)

// A Machine is where a measurement was made. What the system does not tell is "" or 0: anything but Linux tells little.
type Machine struct {
	CPU    string `json:"cpu"` // model
	Cores  int    `json:"cores"`
	RAM    int64  `json:"ram_bytes"`
	System string `json:"system"`
	Load   string `json:"load"` // average over 1, 5 and 15 minutes, when ThisMachine was called
}

// ThisMachine looks at the machine this process runs on.
func ThisMachine() Machine {
	m := Machine{Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH, Load: LoadAverage()}
	m.CPU = field("/proc/cpuinfo", "model name")
	if kb, err := strconv.ParseInt(strings.TrimSuffix(field("/proc/meminfo", "MemTotal"), " kB"), 10, 64); err == nil {
		m.RAM = kb << 10
	}
	return m
}

// LoadAverage is how many processes wanted a processor during the last 1, 5 and 15 minutes; "" where nobody says.
func LoadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(b))
	return strings.Join(fields[:min(len(fields), 3)], " ")
}

// field is the first value of a name in a file of "name: value" lines.
func field(path, name string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // read only
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// A Server is what a database server holds in memory.
type Server struct {
	SharedBuffers string `json:"shared_buffers"`
	// Resident is the memory of all its processes, with what they share counted once (Linux's Pss). 0: it cannot be read,
	// as that of another user's processes can't.
	Resident  int64 `json:"resident_bytes"`
	Processes int   `json:"processes"`
}

// ServerMemory asks the server behind db, which has to run on this machine for its memory to be told.
func ServerMemory(ctx context.Context, db *postgres.DB) (Server, error) {
	type row struct {
		Buffers string
		PIDs    []int32
	}
	found, err := postgres.Collect(ctx, db, "", pgx.RowToStructByPos[row], `
select current_setting('shared_buffers'), array_agg(pid) from pg_stat_activity`)
	if err != nil {
		return Server{}, fmt.Errorf("looking at the server: %w", err)
	}
	s := Server{SharedBuffers: found[0].Buffers}
	seen := map[string]bool{}
	for _, pid := range found[0].PIDs {
		seen[strconv.Itoa(int(pid))] = true
		if parent := field(filepath.Join("/proc", strconv.Itoa(int(pid)), "status"), "PPid"); parent != "" {
			seen[parent] = true
		}
	}
	for pid := range seen {
		kb, err := strconv.ParseInt(strings.TrimSuffix(field(filepath.Join("/proc", pid, "smaps_rollup"), "Pss"), " kB"), 10, 64)
		if err == nil {
			s.Resident += kb << 10
			s.Processes++
		}
	}
	return s, nil
}

// A Table is what a table takes on disk with its indexes and what is stored apart.
type Table struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Tables lists those that hold anything of a course, the largest first.
func Tables(ctx context.Context, db *postgres.DB) ([]Table, error) {
	tables, err := postgres.Collect(ctx, db, "", pgx.RowToStructByPos[Table], `
select c.relname, pg_total_relation_size(c.oid)
from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and pg_relation_size(c.oid) > 0
order by 2 desc, 1`)
	if err != nil {
		return nil, fmt.Errorf("looking at the tables: %w", err)
	}
	return tables, nil
}
