import Testing

@testable import Configuration

/// Expectations are oslo.config 10.7's answers unless a comment says otherwise.
@Suite struct OptionSubstitutionTests {
    private func source(_ value: String, _ more: String = "") -> Settings.Loaded {
        Settings.loaded("[DEFAULT]\nsample_source = \(value)\n\(more)")
    }

    @Test(arguments: [
        ("$host", "compute-1"), ("${host}.x", "compute-1.x"), ("$$host", "$host"), ("\\$host", "$host"),
        ("$host-$debug", "compute-1-False"), ("$reserved_metadata_length", "256"), ("$libvirt_uri|", "|"),
        ("$reserved_metadata_namespace", "['metering.']"), ("$polling.batch_size", "50"),
        ("${aerostat.state_path}/x", "/var/lib/aerostat/x"), ("$1 $", "$1 $"),
        ("$host\n  $host", "compute-1\ncompute-1"),
    ])
    func referencesAreReplaced(value: String, expected: String) {
        let loaded = source(value)
        #expect(loaded.told == [])
        #expect(loaded.settings?.sampleSource == expected)
    }

    @Test func valuesThatAreSetCountNotDefaults() {
        let loaded = source(
            "$debug $polling.batch_size $control_exchange",
            "debug = yes\ncontrol_exchange = x$host\n[polling]\nbatch_size = +7")
        #expect(loaded.told == [])
        #expect(loaded.settings?.sampleSource == "True 7 xcompute-1")
    }

    @Test func aNameIsSoughtInItsOwnGroupFirst() {
        let loaded = Settings.loaded(
            "[DEFAULT]\nbatch_size = no\n[polling]\nbatch_size = 7\ncfg_file = $batch_size-$host")
        #expect(loaded.settings?.pollingConfigFile.value == "7-compute-1")
    }

    @Test func anEscapeIsNotReplacedAgain() {
        let loaded = source("$pipeline_cfg_file", "pipeline_cfg_file = $$host")
        #expect(loaded.settings?.sampleSource == "$host")
    }

    @Test func groupsOfOthersMayBeReferredTo() {
        let loaded = source("$oslo_messaging_rabbit.hostname", "[oslo_messaging_rabbit]\nhostname = r")
        #expect(loaded.settings?.sampleSource == "r")
    }

    @Test func laterFilesAndTheEnvironmentCountInReferences() {
        let loaded = Settings.loaded(
            "[aerostat]\nstate_path = /a/$host/$sample_source", "[DEFAULT]\nhost = h2",
            environment: ["OS_DEFAULT__SAMPLE_SOURCE": "env$host"])
        #expect(loaded.settings?.statePath.value == "/a/h2/envh2")
    }

    @Test(arguments: [
        ("$undefined", "no option is called 'undefined'; write $$"),
        ("${undefined}", "no option is called 'undefined'"),
        ("$hots", "'hots'; did you mean host?"), ("$HOST", "'HOST'; did you mean host?"),
        ("$host.example.org", "'host.example.org'; if the option host is meant, write ${host}.example.org"),
        ("$host.", "write ${host}."), ("$DEFAULT.host", "options of [DEFAULT] are written $host"),
        ("$polling.batchsize", "did you mean batch_size?"), ("$nogroup.x", "no option is called 'nogroup.x'"),
        ("$Polling.batch_size", "no option is called 'Polling.batch_size'"),
        ("$polling", "no option is called 'polling'"),
        ("$log_dir", "[DEFAULT] log_dir is not set, and its default is not known here"),
        ("$oslo_messaging_rabbit.hostname", "no option is called"),
        ("$sample_source", "refers to itself: [DEFAULT] sample_source → [DEFAULT] sample_source"),
    ])
    func aReferenceToNothingIsAnError(value: String, expected: String) {
        let loaded = source(value)
        #expect(loaded.settings == nil)
        #expect(loaded.told.count == 1)
        #expect(loaded.told.first?.hasPrefix("f0:2:17: error: [DEFAULT] sample_source: ") == true)
        #expect(loaded.told.first?.contains(expected) == true, "\(loaded.told)")
    }

    @Test func loopsAreToldWhereTheyPass() {
        let loaded = source(
            "$pipeline_cfg_file", "pipeline_cfg_file = x$aerostat.state_path\n[aerostat]\nstate_path = $sample_source")
        #expect(loaded.settings == nil)
        #expect(loaded.diagnostics.all.map(\.location?.line) == [2, 3, 5])
        #expect(loaded.told.allSatisfy { $0.contains("refers to itself") })
    }

    @Test func aBadValueIsToldOnceHoweverManyReferToIt() {
        let loaded = source("$debug", "pipeline_cfg_file = $debug\ndebug = x")
        #expect(loaded.diagnostics.all.map(\.location?.line) == [4])
    }

    /// oslo.config would try, and run out of memory or stack.
    @Test(.timeLimit(.minutes(1)), arguments: [1, 2])
    func bombsAreRefused(fanOut: Int) {
        var more = "[cache]\na0 = 0123456789\n"
        for index in 1...200 {
            more += "a\(index) = \(String(repeating: "$a\(index - 1)", count: fanOut))\n"
        }
        let loaded = source("$cache.a200", more)
        #expect(loaded.told.count == 1)
        #expect(loaded.told.first?.contains("deep, or to more than") == true)
    }

    @Test(.timeLimit(.minutes(1))) func manyReferencesToLittleAreNoMatter() {
        var more = "[cache]\na0 =\n"
        for index in 1...40 { more += "a\(index) = $a\(index - 1)$a\(index - 1)\n" }
        #expect(source("x$cache.a40", more).settings?.sampleSource == "x")
    }

    @Test func aSecretsErrorsSayNothingOfIt() {
        let loaded = Settings.loaded("[publisher]\ntelemetry_secret = hunter2$hunter3\n")
        #expect(loaded.settings == nil)
        #expect(loaded.told.count == 1)
        #expect(loaded.told.allSatisfy { !$0.contains("hunter") && $0.contains("write $$ for a plain $") })
    }
}
