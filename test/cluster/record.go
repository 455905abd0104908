package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// RunDir holds the record of the machine's cluster and the lock that guards it.
const RunDir = "/run/radiograph-cluster"

// ErrNone is returned by Attach when no cluster runs on the machine.
var ErrNone = errors.New("no cluster runs on this machine")

// record is what must be known to take a cluster down after its starter was killed. It
// is written before each thing it speaks of is made, or at once after.
type record struct {
	Boot      string            `json:"boot"` // process ids of another boot mean nothing
	Dir       string            `json:"dir"`
	Temporary bool              `json:"temporary,omitempty"` // Dir is removed with the cluster
	Owner     *processID        `json:"owner,omitempty"`     // who takes the cluster down; nil when it outlives its starter
	Started   time.Time         `json:"started"`
	Address   string            `json:"address,omitempty"`   // host:port of the API server
	Sysctls   map[string]string `json:"sysctls,omitempty"`   // values before the cluster
	Forward   bool              `json:"forward,omitempty"`   // rules for the bridge were added to iptables
	HostPorts bool              `json:"hostPorts,omitempty"` // another CNI network had host ports before
	Processes []startedProcess  `json:"processes,omitempty"`
}

// startedProcess is a program of the cluster with what is needed to start it again.
type startedProcess struct {
	Name string    `json:"name"`
	Path string    `json:"path"`
	Args []string  `json:"args"`
	ID   processID `json:"id"`
}

// runs says whether the cluster is in use: its owner lives, or, when it outlives its
// starter, one of its programs does.
func (r *record) runs() bool {
	if r.Boot != bootID() {
		return false
	}
	if r.Owner != nil {
		return r.Owner.alive()
	}
	for _, p := range r.Processes {
		if p.ID.alive() {
			return true
		}
	}
	return false
}

func (r *record) process(name string) *startedProcess {
	for i := range r.Processes {
		if r.Processes[i].Name == name {
			return &r.Processes[i]
		}
	}
	return nil
}

// put adds the process or replaces the one of the same name.
func (r *record) put(p startedProcess) {
	if old := r.process(p.Name); old != nil {
		*old = p
		return
	}
	r.Processes = append(r.Processes, p)
}

func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}

// machine is the directory with the record. Holding its lock is the right to start or
// stop a cluster.
type machine struct {
	dir  string
	lock *os.File
}

// lockMachine takes the lock, or says that another start or stop is under way.
func lockMachine(dir string) (*machine, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("lock the cluster: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the cluster: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("another process starts or stops a cluster on this machine at the moment (%s is locked)", f.Name())
		}
		return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
	}
	return &machine{dir: dir, lock: f}, nil
}

// unlock gives the lock back; the record stays.
func (m *machine) unlock() error {
	return m.lock.Close() // closing the only descriptor ends a flock
}

func recordPath(dir string) string { return filepath.Join(dir, "cluster.json") }

// load returns the record, or nil when there is none.
func load(dir string) (*record, error) {
	text, err := os.ReadFile(recordPath(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the cluster's record: %w", err)
	}
	r := &record{}
	if err := json.Unmarshal(text, r); err != nil {
		return nil, fmt.Errorf("read the cluster's record %s: %w", recordPath(dir), err)
	}
	if !filepath.IsAbs(r.Dir) {
		return nil, fmt.Errorf("read the cluster's record %s: directory %q is not absolute", recordPath(dir), r.Dir)
	}
	return r, nil
}

// save writes the record so that a reader sees the old one or the new one.
func (r *record) save(dir string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the cluster's record: %w", err)
	}
	temporary := recordPath(dir) + ".new"
	if err := os.WriteFile(temporary, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the cluster's record: %w", err)
	}
	if err := os.Rename(temporary, recordPath(dir)); err != nil {
		return fmt.Errorf("write the cluster's record: %w", err)
	}
	return nil
}

func forget(dir string) error {
	if err := os.Remove(recordPath(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the cluster's record: %w", err)
	}
	return nil
}
