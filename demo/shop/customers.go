package shop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/radiograph/radiograph/demo"
)

// maxCustomers bounds the customers who wait for an answer.
const maxCustomers = 64

// customers send requests until ctx ends, and returns when the last has its answer.
func (s *Shop) customers(ctx context.Context) {
	client := &http.Client{Transport: s.network.transport(), Timeout: 10 * time.Second}
	slots := make(chan struct{}, maxCustomers)
	var inside sync.WaitGroup
	defer inside.Wait()
	for n := 0; ; n++ {
		gap := time.Duration(rand.ExpFloat64() / s.opts.Rate * float64(time.Second))
		select {
		case <-ctx.Done():
			return
		case <-time.After(gap):
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		inside.Go(func() {
			defer func() { <-slots }()
			// A request that has begun shall end, so that its trace is whole.
			if err := visit(context.WithoutCancel(ctx), client, n); err != nil {
				s.opts.Logger.Debug("customer left", "err", err)
			}
		})
	}
}

// visit sends the n-th request.
func visit(ctx context.Context, client *http.Client, n int) error {
	method, path, body := choose(n)
	req, err := http.NewRequestWithContext(ctx, method, "http://"+host(demo.Entry)+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-User", user())
	req.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// choose draws what the n-th customer does: look, put into the cart, or buy. Now
// and then, first among the first ten, somebody looks for what is not sold any more.
func choose(n int) (method, path, body string) {
	if n%40 == 9 {
		return http.MethodGet, "/products/" + productID(productCount), ""
	}
	product := productID(rand.IntN(productCount))
	if chance(0.5) {
		return http.MethodGet, "/products/" + product, ""
	}
	o, err := json.Marshal(order{ID: "o-" + randomID(8), Customer: user(), Product: product, Amount: float64(rand.IntN(9000)) / 100})
	if err != nil {
		panic(err) // strings and a finite number
	}
	if chance(0.3) {
		return http.MethodPost, "/cart", string(o)
	}
	return http.MethodPost, "/orders", string(o)
}

func user() string { return fmt.Sprintf("customer-%d", 1+rand.IntN(25)) }
