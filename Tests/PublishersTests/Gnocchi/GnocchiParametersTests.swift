import Configuration
import TestServers
import Testing
import Transfer

@testable import Publishers

@Suite struct GnocchiParametersTests {
    private func read(_ url: String) throws -> (parameters: GnocchiParameters?, told: [String]) {
        var reader = ParameterReader(url: try PublisherURL(url), location: nil)
        let parameters = GnocchiParameters(&reader)
        return (parameters, reader.diagnostics.all.map(\.description))
    }

    @Test func defaults() throws {
        let (parameters, told) = try read("gnocchi+http://admin@Metric.example.org:8041/")
        let found = try #require(parameters)
        #expect(told.isEmpty)
        #expect(found.place.url == "http://Metric.example.org:8041")
        #expect(found.identity == "gnocchi+http://metric.example.org:8041")
        #expect(found.place.credentials?.user == "admin" && found.place.credentials?.password == "")
        #expect(found.timeout == .milliseconds(6050))
        #expect(found.maxRetries == 3 && found.maxMetrics == 3000)
        #expect(found.archivePolicy == nil && found.definitionFile == nil)
        #expect(found.filter == .init(project: "service", domain: "Default", isExplicit: false))
    }

    @Test func everyParameter() throws {
        let (parameters, told) = try read(
            "gnocchi+https://u:p%40ss@h/metric/?archive_policy=high&filter_project=g&filter_domain=d&timeout=2.5"
                + "&resources_definition_file=x.yaml&max_retries=0&max_metrics=7&verify_ssl=false")
        let found = try #require(parameters)
        #expect(told.isEmpty)
        #expect(found.place.url == "https://h/metric" && found.identity == "gnocchi+https://h:443/metric")
        #expect(found.place.credentials?.password == "p@ss")
        #expect(found.archivePolicy == "high" && found.definitionFile == "x.yaml")
        #expect(found.filter == .init(project: "g", domain: "d", isExplicit: true))
        #expect(found.timeout == .milliseconds(2500) && found.maxRetries == 0 && found.maxMetrics == 7)
        #expect(found.tls.trust == .anyone)
        #expect(try read("gnocchi+http://h?enable_filter_project=false&filter_project=g").parameters?.filter == nil)
    }

    @Test(arguments: [
        ("gnocchi+http://", "no host"), ("gnocchi+http://h?timeout=x", "timeout=x is no number of seconds"),
        ("gnocchi+http://h?archive_polcy=x", "unknown parameter archive_polcy"),
        ("gnocchi+http://h?max_metrics=0", "max_metrics=0 is no whole number"),
        ("gnocchi+http://h?enable_filter_project=maybe", "enable_filter_project=maybe is neither true nor false"),
        ("gnocchi+http://h?verify_ssl=false", "have no effect on gnocchi+http://; use gnocchi+https://"),
    ])
    func diagnostics(_ url: String, _ text: String) throws {
        let told = try read(url).told
        #expect(told.contains { $0.contains(text) }, "\(told)")
    }

    @Test func keystoneTellsWhereGnocchiIs() throws {
        let (parameters, told) = try read("gnocchi://?archive_policy=low&timeout=3&ended_at=true")
        let found = try #require(parameters)
        #expect(told.isEmpty)
        #expect(found.place == .catalogue && found.identity == "gnocchi://")
        #expect(found.archivePolicy == "low" && found.timeout == .seconds(3) && found.marksEnds)
        #expect(found.filter == .init(project: "service", domain: "Default", isExplicit: false))
        for (url, text) in [
            ("gnocchi://host:8041", "host and user have no effect, as in Ceilometer"),
            ("gnocchi://?verify_ssl=false", "verify_ssl has no effect on gnocchi://; see insecure"),
            ("gnocchi://?ended_at=perhaps", "ended_at=perhaps is neither true nor false"),
        ] {
            #expect(try read(url).told.contains { $0.contains(text) }, "\(url)")
            #expect(try read(url).parameters?.identity == "gnocchi://")
        }
    }

    @Test func whatNeedsKeystoneSaysSoWithoutIt() {
        #expect(
            PublisherFactory.problemWithoutKeystone("gnocchi://")?.contains("gnocchi+http://user@host:8041") == true)
        #expect(
            PublisherFactory.problemWithoutKeystone("gnocchi+http://h?ended_at=true")?.contains("asks Nova") == true)
        #expect(PublisherFactory.problemWithoutKeystone("gnocchi+http://h") == nil)
        #expect(PublisherFactory.problemWithoutKeystone("http://h") == nil)
    }

    @Test func aDefinitionFileThatIsMissingIsAnError() throws {
        var files = PublisherFiles()
        let told = files.read(for: "gnocchi+http://h?resources_definition_file=/nonexistent.yaml", at: Make.place)
        #expect(told.first?.description.hasPrefix("pipeline.yaml:7:11: error: resources_definition_file") == true)
    }

    @Test func passwordIsNowhere() throws {
        let found = try #require(try read("gnocchi+http://u:hunter2@h").parameters)
        #expect(!found.identity.contains("hunter2") && found.place.url?.contains("hunter2") == false)
    }
}

extension GnocchiParameters.Place {
    fileprivate var url: String? { if case .address(let url, _) = self { url } else { nil } }
    fileprivate var credentials: BasicCredentials? {
        if case .address(_, let credentials) = self { credentials } else { nil }
    }
}
