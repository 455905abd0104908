package awsemfexporter

import "go.uber.org/zap"

// settings are what a configuration comes to. They do not change.
type settings struct {
	config       *Config
	declarations *declarations
	units        units
	json         map[string]bool // labels that hold JSON
	groupName    template        // no parts: /metrics/<namespace>
	streamName   template
}

// newSettings prepares a valid configuration. Events go to the stream defaultStream
// unless the configuration names one.
func newSettings(config *Config, defaultStream string, logger *zap.Logger) (*settings, error) {
	declared, err := newDeclarations(config.MetricDeclarations, logger)
	if err != nil {
		return nil, err
	}
	s := &settings{config: config, declarations: declared, units: newUnits(config.MetricDescriptors), json: make(map[string]bool)}
	for _, name := range config.ParseJSONAttributes {
		s.json[name] = true
	}
	if config.EKSFargate {
		s.json[kubernetesLabel] = true
	}
	if config.LogGroupName != "" {
		s.groupName = parseTemplate(config.LogGroupName, notInGroup)
	}
	stream := config.LogStreamName
	if stream == "" {
		stream = defaultStream
	}
	s.streamName = parseTemplate(stream, notInStream)
	return s, nil
}
