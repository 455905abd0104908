// Package datastore keeps items in PostgreSQL and serves them over HTTP.
package datastore

import (
	"context"
	"database/sql"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/radiograph/radiograph/examples/sampleapp/internal/service"
	"github.com/radiograph/radiograph/examples/sampleapp/internal/tracing"
)

// Name is the name of the service on the map.
const Name = "datastore"

// driver is the database driver's name.
const driver = "pgx"

const (
	maxName   = 200 // characters
	listLimit = 100 // items in one answer
)

//go:embed schema.sql
var schema string

// Item is one row.
type Item struct {
	ID       int64     `json:"id"`
	Name     string    `json:"name"`
	Quantity int       `json:"quantity"`
	Created  time.Time `json:"created"`
}

// check says what is wrong with an item that a client sent.
func (i Item) check() error {
	switch {
	case i.Name == "" || utf8.RuneCountInString(i.Name) > maxName:
		return fmt.Errorf("name must have 1 to %d characters", maxName)
	case i.Quantity < 0 || i.Quantity > 1_000_000:
		return errors.New("quantity must be between 0 and 1000000")
	}
	return nil
}

// Store is the database.
type Store struct {
	log    *slog.Logger
	traced *sql.DB // for requests: each statement becomes a subsegment
	plain  *sql.DB // for what no request asked for
}

// Open waits until the database answers, brings its schema up to date and returns it.
// The address has the form postgres://user:password@host:port/database; the host and
// the database give the subsegments their names. The caller closes the store.
func Open(ctx context.Context, log *slog.Logger, address string) (*Store, error) {
	s, err := open(log, address)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := s.ready(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open returns the store without a connection.
func open(log *slog.Logger, address string) (*Store, error) {
	plain, err := sql.Open(driver, address)
	if err != nil {
		return nil, err
	}
	plain.SetMaxOpenConns(1)
	traced, err := xray.SQLContext(driver, address)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	traced.SetMaxOpenConns(8)
	return &Store{log: log, traced: traced, plain: plain}, nil
}

// ready waits for the database and applies the schema.
func (s *Store) ready(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		err := s.plain.PingContext(ctx)
		if err == nil {
			break
		}
		s.log.WarnContext(ctx, "database not ready yet", "err", err)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for database: %w", err)
		}
	}
	if _, err := s.plain.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("apply schema: %w", err)
	}
	return nil
}

// Close closes the connections.
func (s *Store) Close() error { return errors.Join(s.traced.Close(), s.plain.Close()) }

// Handler returns the service: items under /items, traced, and /healthz, which is not.
func (s *Store) Handler() http.Handler {
	items := http.NewServeMux()
	items.HandleFunc("GET /items", s.list)
	items.HandleFunc("POST /items", s.add)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("/", tracing.Handler(Name, items))
	return mux
}

// health answers 200 while the database does.
func (s *Store) health(w http.ResponseWriter, r *http.Request) {
	if err := s.plain.PingContext(r.Context()); err != nil {
		service.Fail(w, http.StatusServiceUnavailable, "the database does not answer")
		return
	}
	service.Reply(w, http.StatusOK, map[string]string{"status": "ok"})
}

// list answers with the newest items.
func (s *Store) list(w http.ResponseWriter, r *http.Request) {
	items, err := s.newest(r.Context())
	if err != nil {
		s.fault(w, r, err)
		return
	}
	service.Reply(w, http.StatusOK, items)
}

func (s *Store) newest(ctx context.Context) ([]Item, error) {
	rows, err := s.traced.QueryContext(ctx, "SELECT id, name, quantity, created FROM items ORDER BY id DESC LIMIT $1", listLimit)
	if err != nil {
		return nil, fmt.Errorf("list items: %w", err)
	}
	defer rows.Close()
	items := []Item{} // none is [] in JSON
	for rows.Next() {
		var i Item
		if err := rows.Scan(&i.ID, &i.Name, &i.Quantity, &i.Created); err != nil {
			return nil, fmt.Errorf("list items: %w", err)
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// add stores one item and answers with what was stored.
func (s *Store) add(w http.ResponseWriter, r *http.Request) {
	var i Item
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, service.MaxBody)).Decode(&i); err != nil {
		service.Fail(w, http.StatusBadRequest, "the body is no item: "+err.Error())
		return
	}
	if err := i.check(); err != nil {
		service.Fail(w, http.StatusBadRequest, err.Error())
		return
	}
	err := s.traced.QueryRowContext(r.Context(),
		"INSERT INTO items (name, quantity) VALUES ($1, $2) RETURNING id, created", i.Name, i.Quantity).Scan(&i.ID, &i.Created)
	if err != nil {
		s.fault(w, r, fmt.Errorf("add item: %w", err))
		return
	}
	_ = xray.AddAnnotation(r.Context(), "item", i.ID) // fails when the request is not traced
	service.Reply(w, http.StatusCreated, i)
}

// fault records the error on the segment and tells the client no details.
func (s *Store) fault(w http.ResponseWriter, r *http.Request, err error) {
	s.log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "err", err)
	_ = xray.AddError(r.Context(), err) // fails when the request is not traced
	service.Fail(w, http.StatusInternalServerError, "the database failed")
}
