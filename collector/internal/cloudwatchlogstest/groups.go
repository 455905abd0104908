package cloudwatchlogstest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

const arnPrefix = "arn:aws:logs:us-east-1:111122223333:log-group:"

var (
	groupName  = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)
	streamName = regexp.MustCompile(`^[^:*]{1,512}$`)
	tagKey     = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$`)
	tagValue   = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$`)
)

var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func badMember(value, member, constraint string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must %s", value, member, constraint)
}

// required returns the value of a member that must be there and match a pattern.
func required(value *string, member string, pattern *regexp.Regexp) (string, error) {
	if value == nil {
		return "", badMember("null", member, "not be null")
	}
	if !pattern.MatchString(*value) {
		return "", badMember(*value, member, "satisfy regular expression pattern: "+pattern.String())
	}
	return *value, nil
}

func (s *Server) group(in *input) (*group, error) {
	name, err := required(in.LogGroupName, "logGroupName", groupName)
	if err != nil {
		return nil, err
	}
	if g := s.groups[name]; g != nil {
		return g, nil
	}
	return nil, errNoGroup
}

func (s *Server) stream(in *input) (*group, *stream, error) {
	name, err := required(in.LogStreamName, "logStreamName", streamName)
	if err != nil {
		return nil, nil, err
	}
	g, err := s.group(in)
	if err != nil {
		return nil, nil, err
	}
	if st := g.streams[name]; st != nil {
		return g, st, nil
	}
	return nil, nil, errNoStream
}

func (s *Server) createLogGroup(in *input, now time.Time) (any, error) {
	name, err := required(in.LogGroupName, "logGroupName", groupName)
	if err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	if s.groups[name] != nil {
		return nil, exists("group")
	}
	s.groups[name] = &group{name: name, created: now.UnixMilli(), tags: in.Tags, streams: make(map[string]*stream)}
	return nil, nil
}

func (s *Server) deleteLogGroup(in *input, _ time.Time) (any, error) {
	g, err := s.group(in)
	if err != nil {
		return nil, err
	}
	delete(s.groups, g.name)
	return nil, nil
}

func (s *Server) createLogStream(in *input, now time.Time) (any, error) {
	name, err := required(in.LogStreamName, "logStreamName", streamName)
	if err != nil {
		return nil, err
	}
	g, err := s.group(in)
	if err != nil {
		return nil, err
	}
	if g.streams[name] != nil {
		return nil, exists("stream")
	}
	g.streams[name] = &stream{name: name, created: now.UnixMilli()}
	return nil, nil
}

func (s *Server) putRetentionPolicy(in *input, _ time.Time) (any, error) {
	g, err := s.group(in)
	if err != nil {
		return nil, err
	}
	if in.RetentionInDays == nil || !slices.Contains(retentions, *in.RetentionInDays) {
		return nil, invalid("The specified retention period is not valid")
	}
	g.retention = *in.RetentionInDays
	return nil, nil
}

func checkTags(tags map[string]string) error {
	if len(tags) > 50 {
		return &Error{Code: "TooManyTagsException", Message: "A resource can have no more than 50 tags."}
	}
	for k, v := range tags {
		if !tagKey.MatchString(k) || !tagValue.MatchString(v) {
			return invalid("The tag %q is not valid", k)
		}
	}
	return nil
}

func (s *Server) tag(g *group, tags map[string]string) error {
	all := maps.Clone(g.tags)
	if all == nil {
		all = make(map[string]string)
	}
	maps.Copy(all, tags)
	if err := checkTags(all); err != nil {
		return err
	}
	g.tags = all
	return nil
}

func (s *Server) byARN(arn string) (*group, error) {
	name, ok := strings.CutPrefix(strings.TrimSuffix(arn, ":*"), arnPrefix)
	if !ok {
		return nil, invalid("The ARN %q is not of a log group here", arn)
	}
	if g := s.groups[name]; g != nil {
		return g, nil
	}
	return nil, errNoGroup
}

func (s *Server) tagResource(in *input, _ time.Time) (any, error) {
	g, err := s.byARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return nil, s.tag(g, in.Tags)
}

func (s *Server) tagLogGroup(in *input, _ time.Time) (any, error) {
	g, err := s.group(in)
	if err != nil {
		return nil, err
	}
	return nil, s.tag(g, in.Tags)
}

func (s *Server) listTags(in *input, _ time.Time) (any, error) {
	g, err := s.byARN(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tags": g.tags}, nil
}
