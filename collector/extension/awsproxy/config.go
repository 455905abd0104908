package awsproxy

import "github.com/radiograph/radiograph/collector/internal/proxy"

// Config is what users write about the extension; all of it is optional. An empty
// endpoint means localhost:2000.
type Config = proxy.Config
