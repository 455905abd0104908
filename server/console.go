package server

import "github.com/radiograph/radiograph/console/consoleapi"

// newConsole makes the console's API. The addresses must be bound.
func (s *Server) newConsole() (err error) {
	s.console, err = consoleapi.New(consoleapi.Options{
		Store: s.store, Groups: s.groups, Sampling: s.sampling,
		About: consoleapi.About{
			Version: s.version, Region: s.config.Region, AccountID: s.config.AccountID,
			Endpoint: s.Endpoint(), Daemon: s.DaemonAddress(), OTLPGRPC: s.OTLPGRPCAddress(), OTLPHTTP: s.OTLPEndpoint(),
			Authentication: s.config.Auth.Mode,
			Strict:         s.config.API.StrictAWSLimits, Retention: s.config.Store.Retention, Started: s.started,
		},
		Senders: s.senders,
		Logger:  s.log,
	})
	return err
}

// senders says who has sent since the start.
func (s *Server) senders() consoleapi.Senders {
	out := consoleapi.Senders{Clients: s.api.Clients()}
	for _, i := range s.intakes {
		out.Intakes = append(out.Intakes, i.read())
	}
	if s.relay != nil {
		stats := s.relay.Stats()
		out.Daemon = &stats
	}
	return out
}
