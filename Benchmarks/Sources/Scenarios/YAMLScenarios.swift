import Configuration
import Pipeline
import Publishers

extension Scenario {
    /// A polling.yaml with the meters of Ceilometer's own.
    static let pollingFile = Scenario(name: "polling.yaml", count: 1, unit: "file") {
        let text = YAMLText(
            """
            ---
            sources:
                - name: some_pollsters
                  interval: 300
                  meters:
                    - power.state
                    - cpu
                    - memory.usage
                    - network.incoming.bytes
                    - network.incoming.packets
                    - network.outgoing.bytes
                    - network.outgoing.packets
                    - disk.device.read.bytes
                    - disk.device.read.requests
                    - disk.device.write.bytes
                    - disk.device.write.requests
                - name: all
                  interval: 60
                  meters:
                    - "*"
            """)
        return {
            let sources = try text.polling.sources
            guard sources.count == 2 else { throw Failure("\(sources.count) sources") }
            return 0
        }
    }

    /// A pipeline.yaml with the transformers of Ceilometer 8 to 11.
    static let pipelineFile = Scenario(name: "pipeline.yaml", count: 1, unit: "file") {
        let text = YAMLText(
            #"""
            ---
            sources:
                - name: meter_source
                  meters:
                      - "*"
                  sinks:
                      - meter_sink
                - name: cpu_source
                  meters:
                      - "cpu"
                  sinks:
                      - cpu_sink
                - name: disk_source
                  meters:
                      - "disk.device.read.bytes"
                      - "disk.device.read.requests"
                      - "disk.device.write.bytes"
                      - "disk.device.write.requests"
                  sinks:
                      - disk_sink
            sinks:
                - name: meter_sink
                  publishers:
                      - http://127.0.0.1:8080/v1/samples
                - name: cpu_sink
                  transformers:
                      - name: "rate_of_change"
                        parameters:
                            target:
                                name: "cpu_util"
                                unit: "%"
                                type: "gauge"
                                max: 100
                                scale: "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"
                  publishers:
                      - http://127.0.0.1:8080/v1/samples
                - name: disk_sink
                  transformers:
                      - name: "rate_of_change"
                        parameters:
                            source:
                                map_from:
                                    name: "disk\\.device\\.(read|write)\\.(bytes|requests)"
                                    unit: "(B|request)"
                            target:
                                map_to:
                                    name: "disk.device.\\1.\\2.rate"
                                    unit: "\\1/s"
                                type: "gauge"
                  publishers:
                      - http://127.0.0.1:8080/v1/samples
            """#)
        return {
            let pipelines = try text.pipelines.pipelines
            guard pipelines.count == 3 else { throw Failure("\(pipelines.count) pipelines") }
            return 0
        }
    }

    /// The gnocchi_resources.yaml that the agent carries.
    static let gnocchiFile = Scenario(name: "gnocchi_resources.yaml", count: 1, unit: "file") {
        {
            var files = PublisherFiles()
            let problems = files.read(for: "gnocchi+http://admin@127.0.0.1:8041", at: nil)
            guard problems.isEmpty else { throw Failure("\(problems)") }
            return 0
        }
    }
}
