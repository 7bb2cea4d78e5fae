package plugins

// NoModel is the name of what answers where no model is configured.
const NoModel = "built-in, no model"

// Model names what answers, for people, and is "" where no model is configured.
func (s *Service) Model() string {
	if name := s.generator.Model(); name != NoModel {
		return name
	}
	return ""
}

// Currency is what costs are in, "" where no price is known.
func (s *Service) Currency() string { return s.budget.Currency }

// Render turns markdown that a model or a plugin wrote into safe HTML.
func (s *Service) Render(source string) string { return s.render(source) }
