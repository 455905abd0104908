package main

import (
	"context"

	"github.com/radiograph/radiograph/server"
)

func (p *program) demo(ctx context.Context, _ *server.Server) error { <-ctx.Done(); return nil }
