package server

import (
	"github.com/radiograph/radiograph/group"
	"github.com/radiograph/radiograph/ingest"
	"github.com/radiograph/radiograph/sampling"
)

// awsMaxDocument is the size of the largest segment document that AWS takes.
const awsMaxDocument = 64 << 10

// What api.strict_aws_limits means for the packages beside the X-Ray API.

func (s *Server) ingestOptions() ingest.Options {
	limit := s.config.Ingest.MaxDocument
	if s.config.API.StrictAWSLimits {
		limit = min(limit, awsMaxDocument)
	}
	return ingest.Options{MaxDocumentBytes: int(limit)}
}

func (s *Server) groupOptions() []group.Option {
	if s.config.API.StrictAWSLimits {
		return []group.Option{group.WithLimit(group.StrictLimit)}
	}
	return nil
}

func (s *Server) samplingOptions() []sampling.Option {
	if s.config.API.StrictAWSLimits {
		return []sampling.Option{sampling.WithLimit(sampling.StrictLimit)}
	}
	return nil
}
