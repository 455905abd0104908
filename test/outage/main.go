// Command outage fills a new data directory with two hours of a shop in which a
// service has failed until a while ago, and enables insights for all traces: a
// service that is started with it finds an insight. It is for tests of the console.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/radiograph/radiograph/config"
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/insight/insighttest"
	"github.com/radiograph/radiograph/store/block"
)

func main() {
	defaults := config.Default()
	data := flag.String("data", "", "data directory")
	account := flag.String("account-id", defaults.AccountID, "account of the service")
	region := flag.String("region", defaults.Region, "region of the service")
	flag.Parse()
	if err := fill(context.Background(), filepath.Join(*data, *account, *region), time.Now()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func fill(ctx context.Context, dir string, now time.Time) (err error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	st, err := block.Open(dir, block.Options{}) //nolint:contextcheck // the store stops when it is closed
	if err != nil {
		return err
	}
	defer func() {
		if e := st.Close(); err == nil {
			err = e
		}
	}()
	groups, err := group.New(ctx, st, "")
	if err != nil {
		return err
	}
	if _, err := groups.Update(ctx, group.DefaultName, "", nil, &group.Insights{Enabled: true}); err != nil {
		return err
	}
	for _, b := range (insighttest.Outage{End: now.Truncate(time.Minute), Began: 60, Ended: 45}).Batches() {
		if err := st.Append(ctx, b); err != nil {
			return fmt.Errorf("append what was received at %v: %w", time.Unix(0, b.Received), err)
		}
	}
	return nil
}
