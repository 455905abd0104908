package xrayapi_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/sampling"
	"github.com/radiograph/radiograph/segment"
	"github.com/radiograph/radiograph/store"
	"github.com/radiograph/radiograph/store/storetest"
	"github.com/radiograph/radiograph/trace"
	"github.com/radiograph/radiograph/xrayapi"
)

const (
	testAccount = "123456789012"
	testRegion  = "eu-west-1"
	arnPrefix   = "arn:aws:xray:" + testRegion + ":" + testAccount + ":"
)

// newAPI returns an API over a store in memory. change may change the options.
func newAPI(t testing.TB, change func(*xrayapi.Options)) *xrayapi.API {
	t.Helper()
	var groups *group.Registry
	st := storetest.NewMemory(func(s *trace.Summary, known []trace.Membership) []trace.Membership {
		return groups.Classify(s, known)
	})
	groups, err := group.New(t.Context(), st, arnPrefix)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := sampling.New(t.Context(), st)
	if err != nil {
		t.Fatal(err)
	}
	opts := xrayapi.Options{
		Store:     st,
		Ingest:    ingest.New(st, ingest.Options{}),
		Groups:    groups,
		Sampling:  rules,
		AccountID: testAccount,
		Region:    testRegion,
	}
	if change != nil {
		change(&opts)
	}
	api, err := xrayapi.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

// brokenStore fails wherever it is asked.
type brokenStore struct {
	store.Store
	err error
}

func (b brokenStore) Scan(context.Context, store.Scan) (store.Page, error) {
	return store.Page{}, b.err
}

func (b brokenStore) LoadState(context.Context, string) (map[string][]byte, error) {
	return nil, b.err
}

// brokenIngester refuses every batch.
type brokenIngester struct{ err error }

func (b brokenIngester) Put(context.Context, [][]byte) ([]*segment.Rejection, error) {
	return nil, b.err
}

// epochOf prints t as X-Ray has it.
func epochOf(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }
