-- What the metrics and the report count, without reading the incidents themselves.
CREATE INDEX incidents_figures ON incidents (severity, opened_ms, state, ack_missed, resolve_missed,
	first_ack_ms, resolved_ms);
