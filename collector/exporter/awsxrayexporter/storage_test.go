package awsxrayexporter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensiontest"

	"github.com/radiograph/radiograph/collector/exporter/awsxrayexporter"
	"github.com/radiograph/radiograph/test/rig"
)

// storedSpans is how many spans the tests of the queue on disk send, in batches of
// ten.
const storedSpans = 300

// stored is an exporter whose queue is on disk.
type stored struct {
	exporter.Traces
	storage extension.Extension
}

// GetExtensions makes it the host of its own storage.
func (s *stored) GetExtensions() map[component.ID]component.Component {
	return map[component.ID]component.Component{component.MustNewID("file_storage"): s.storage}
}

func startStored(ctx context.Context, dir, addr string) (*stored, error) {
	f := filestorage.NewFactory()
	sc := f.CreateDefaultConfig().(*filestorage.Config)
	sc.Directory = dir
	storage, err := f.Create(ctx, extensiontest.NewNopSettings(f.Type()), sc)
	if err != nil {
		return nil, err
	}
	if err := storage.Start(ctx, componenttest.NewNopHost()); err != nil {
		return nil, err
	}
	set := settings()
	set.ID = component.NewID(awsxrayexporter.Type) // the queue is found again by it
	id := component.MustNewID("file_storage")
	e, err := awsxrayexporter.NewFactory().CreateTraces(ctx, set, config(addr, func(c *awsxrayexporter.Config) {
		c.Queue.Get().StorageID = &id
		c.Queue.Get().Batch.Get().FlushTimeout = time.Millisecond
	}))
	if err != nil {
		return nil, err
	}
	s := &stored{Traces: e, storage: storage}
	return s, e.Start(ctx, s)
}

func (s *stored) fill(ctx context.Context, first int) error {
	for i := 0; i < storedSpans; i += 10 {
		if err := s.ConsumeTraces(ctx, roots(first+i, 10)); err != nil {
			return err
		}
	}
	return nil
}

func (s *stored) stop(ctx context.Context) error {
	return errors.Join(s.Shutdown(ctx), s.storage.Shutdown(ctx))
}

// childVariable makes the test binary a collector that accepts spans and then waits
// to be killed. It holds the storage, the address of X-Ray and the first span.
const childVariable = "AWSXRAYEXPORTER_TEST_CHILD"

const accepted = "all accepted"

func child(arg string) error {
	p := strings.SplitN(arg, " ", 4)
	first, err := strconv.Atoi(p[2])
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(p[3], 10, 32)
	if err != nil {
		return err
	}
	epoch = uint32(n)
	s, err := startStored(context.Background(), p[0], p[1])
	if err != nil {
		return err
	}
	if err := s.fill(context.Background(), first); err != nil {
		return err
	}
	fmt.Println(accepted)
	select {}
}

// With a queue on disk, what was accepted while X-Ray was away is sent by the next
// collector, whether this one was stopped or killed.
func TestPersistentQueue(t *testing.T) {
	environment(t)
	service := startRadiograph(t)
	t.Run("stopped", func(t *testing.T) {
		testPersistentQueue(t, service, 1, func(dir, addr string, underWay func()) {
			s, err := startStored(t.Context(), dir, addr)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.fill(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			underWay()
			if err := s.stop(t.Context()); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("killed", func(t *testing.T) {
		testPersistentQueue(t, service, 1001, func(dir, addr string, underWay func()) {
			cmd := exec.Command(os.Args[0]) //nolint:noctx // this binary, which is killed below
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s 1001 %d", childVariable, dir, addr, epoch))
			p := rig.Start(t, "collector", cmd)
			rig.Eventually(t, "the collector has accepted everything", func() error {
				if !strings.Contains(p.Output(), accepted) {
					return errors.New("not yet")
				}
				return nil
			})
			underWay()
			p.Kill()
		})
	})
}

func testPersistentQueue(t *testing.T, service *rig.Radiograph, first int, run func(dir, addr string, underWay func())) {
	var up atomic.Bool
	var attempts atomic.Int64
	g := newGate(t, service.URL(), func(g *gate) {
		g.fail = func(w http.ResponseWriter, _ []string) bool {
			attempts.Add(1)
			if !up.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}
			return false
		}
	})
	dir := t.TempDir()
	run(dir, g.URL, func() {
		rig.Eventually(t, "something is under way", func() error {
			if attempts.Load() == 0 {
				return errors.New("no request")
			}
			return nil
		})
	})
	if n := len(g.handedOn(t)); n != 0 {
		t.Fatalf("%d requests were taken by a server that is away", n)
	}
	up.Store(true)
	s, err := startStored(t.Context(), dir, g.URL)
	if err != nil {
		t.Fatal(err)
	}
	rig.Eventually(t, "sent after the restart", func() error {
		if n := len(g.spanIDs(t)); n != storedSpans {
			return fmt.Errorf("%d spans of %d", n, storedSpans)
		}
		return nil
	})
	if err := s.stop(t.Context()); err != nil {
		t.Error(err)
	}
	for id, n := range g.spanIDs(t) {
		if n != 1 {
			t.Errorf("span %s was sent %d times", id, n)
		}
	}
	findRange(t, service, first, storedSpans)
}
