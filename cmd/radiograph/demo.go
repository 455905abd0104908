package main

import (
	"context"
	"time"

	"github.com/radiograph/radiograph/demo"
	"github.com/radiograph/radiograph/problem"
	"github.com/radiograph/radiograph/server"
)

// demo runs the shop until ctx ends.
func (p *program) demo(ctx context.Context, s *server.Server, shop string) error {
	if s.DaemonAddress() == "" {
		return problem.New(problem.Invalid, "the shop needs the daemon's addresses")
	}
	e := endpoint{url: s.Endpoint()}
	client, err := e.client()
	if err != nil {
		return err
	}
	look := time.AfterFunc(p.look, func() { p.firstLook(ctx, e) })
	defer look.Stop()
	return e.classify(demo.Run(ctx, demo.Options{
		Executable: shop, API: client, Daemon: s.DaemonAddress(), Env: p.env, Output: p.err,
	}))
}

// firstLook prints the map once.
func (p *program) firstLook(ctx context.Context, e endpoint) {
	c := mapCommand{endpoint: e, period: period{since: p.look.String()}, format: "table"}
	p.printf("The first %v:\n\n", p.look)
	if err := c.run(ctx, p); err != nil {
		p.printf("no map: %v\n", err)
	}
	p.printf("\n")
}
