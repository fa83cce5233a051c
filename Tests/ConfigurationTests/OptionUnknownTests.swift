import Testing

@testable import Configuration

@Suite struct OptionUnknownTests {
    @Test(arguments: [
        (
            "[DEFAULT]\nlibvirt_typ = kvm",
            "f0:2:1: warning: nothing reads the option 'libvirt_typ' of [DEFAULT]; did you mean libvirt_type?"
        ),
        (
            "[DEFAULT]\nlibvirt-uri = x",
            "f0:2:1: warning: nothing reads the option 'libvirt-uri' of [DEFAULT]; did you mean libvirt_uri?"
        ),
        ("[DEFAULT]\nHost = x", "f0:2:1: warning: nothing reads the option 'Host' of [DEFAULT]; did you mean host?"),
        (
            "[DEFAULT]\nstale_memory_stats = publish",
            "f0:2:1: warning: nothing reads the option 'stale_memory_stats' of [DEFAULT]; it belongs into [compute]"
        ),
        ("[compute]\nflavour = x", "f0:2:1: warning: nothing reads the option 'flavour' of [compute]"),
        ("[default]\nhost = x", "f0:1:1: warning: nothing reads the group 'default'; did you mean DEFAULT?"),
        ("[ DEFAULT ]\nhost = x", "f0:1:1: warning: nothing reads the group ' DEFAULT '; did you mean DEFAULT?"),
        ("[aerosat]\nstate_path = x", "f0:1:1: warning: nothing reads the group 'aerosat'; did you mean aerostat?"),
        ("[mine]\na = b\nc = d\n[MINE]", "f0:1:1: warning: nothing reads the group 'mine'"),
    ])
    func theUnknownIsWarnedAboutOnce(text: String, expected: String) {
        let loaded = Settings.loaded(text)
        #expect(loaded.settings != nil)
        #expect(loaded.told == [expected])
    }

    @Test func warningsAreInTheFilesOrderAndBounded() {
        let text = "[a1b2c3]\n[DEFAULT]\n" + (1...150).map { "unheard_of_\($0) = x\n" }.joined() + "[q9w8e7]\n"
        let lines = Settings.loaded(text).diagnostics.all.compactMap(\.location?.line)
        #expect(lines == [1] + Array(3...102))
        #expect(Settings.loaded(text).told.last?.contains("52 more unknown groups and options") == true)
    }

    @Test func anUnknownOptionsValueIsNotShown() {
        #expect(!Settings.loaded("[DEFAULT]\npassword = hunter2").told.contains { $0.contains("hunter2") })
    }

    /// The kind of file that deployment tools write for a compute host.
    @Test func aCeilometerHostsFileIsAcceptedSilently() throws {
        let loaded = Settings.loaded(
            """
            [DEFAULT]
            debug = False
            polling_namespaces = compute
            transport_url = rabbit://openstack:pa$s@10.0.0.11:5672//
            max_parallel_requests = 16
            http_timeout = 600
            use_syslog = false
            default_log_levels = amqp=WARN,boto=WARN
            logging_default_format_string = %(asctime)s [-] %(message)s
            logfile =

            [compute]
            instance_discovery_method = libvirt_metadata

            [Service_Credentials]
            auth_type = password
            auth_url = http://10.0.0.11:5000
            username = ceilometer
            password = $$ecret
            split_loggers = true
            [ipmi]
            auth_section = custom_auth

            [custom_auth]
            username = u

            [polling]
            tenant_name_discovery = true
            partitioning_group_prefix = x
            [coordination]
            backend_url = redis://10.0.0.11
            [notification]
            workers = 1
            messaging_urls = a
            messaging_urls = b
            [oslo_messaging_notifications]
            driver = messagingv2
            [oslo_messaging_rabbit]
            ssl = true
            [publisher]
            telemetry_secret = s
            [cache]
            backend = dogpile.cache.memory
            [keystone_authtoken]
            memcached_servers = 10.0.0.11:11211
            """)
        #expect(loaded.told == [])
        #expect(loaded.settings != nil)
    }

    @Test(arguments: [
        (
            "[DEFAULT]\nlog_file = /var/log/x.log",
            "f0:2:12: warning: [DEFAULT] log_file: has no effect: the log goes to standard error"
        ),
        ("[DEFAULT]\nlog_dir = /var/log", "f0:2:11: warning: [DEFAULT] log_dir: has no effect"),
        ("[DEFAULT]\nuse_syslog = true", "f0:2:14: warning: [DEFAULT] use_syslog: has no effect"),
        ("[DEFAULT]\nconfig_source = remote", "f0:2:17: warning: [DEFAULT] config_source: has no effect"),
        (
            "[polling]\nenable_prometheus_exporter = yes",
            "f0:2:30: warning: [polling] enable_prometheus_exporter: has no effect"
        ),
        ("[polling]\nenable_notifications = no", "f0:2:24: warning: [polling] enable_notifications: has no effect"),
        (
            "[polling]\nignore_disabled_projects = 1",
            "f0:2:28: warning: [polling] ignore_disabled_projects: has no effect"
        ),
        (
            "[polling]\npollsters_definitions_dirs = /etc/p",
            "f0:2:30: warning: [polling] pollsters_definitions_dirs: has no effect"
        ),
        (
            "[polling]\nheartbeat_socket_dir = /run",
            "f0:2:24: warning: [polling] heartbeat_socket_dir: has no effect"
        ),
    ])
    func whatWillNotHappenIsWarnedAbout(text: String, expected: String) {
        let loaded = Settings.loaded(text)
        #expect(loaded.settings != nil)
        #expect(loaded.told.count == 1)
        #expect(loaded.told.first?.hasPrefix(expected) == true, "\(loaded.told)")
    }
}
