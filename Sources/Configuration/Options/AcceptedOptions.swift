/// What Ceilometer's users have in their files and this agent neither needs nor complains of: the other options that
/// Ceilometer 27 and its libraries register, and those that earlier releases had.
enum AcceptedOptions {
    /// Options by group, in groups that also hold options of ours.
    static let names: [String: [(origin: String, keys: [String])]] = [
        "DEFAULT": [
            (
                "Ceilometer",
                [
                    "event_pipeline_cfg_file", "max_parallel_requests", "polling_namespaces", "reseller_prefix",
                    "rootwrap_config",
                ]
            ),
            ("Ceilometer's [polling], also registered here", ["batch_size", "cfg_file"] + polling),
            (
                "earlier releases of Ceilometer",
                [
                    "auth_strategy", "batch_polled_samples", "event_dispatchers", "http_control_exchanges",
                    "http_timeout", "meter_dispatchers", "notification_workers", "nova_http_log_debug",
                    "refresh_event_pipeline_cfg", "refresh_pipeline_cfg", "rpc_backend",
                    "shuffle_time_before_polling_task", "verbose",
                ]
            ),
            (
                "oslo.log",
                [
                    "default_log_levels", "fatal_deprecations", "instance_format", "instance_uuid_format", "log_color",
                    "log_config", "log_config_append", "log_date_format", "log_dir", "log_file", "log_rotate_interval",
                    "log_rotate_interval_type", "log_rotation_type", "logdir", "logfile",
                    "logging_context_format_string", "logging_debug_format_suffix", "logging_default_format_string",
                    "logging_exception_prefix", "logging_user_identity_format", "max_logfile_count",
                    "max_logfile_size_mb", "publish_errors", "rate_limit_burst", "rate_limit_except_level",
                    "rate_limit_interval", "syslog_log_facility", "use_journal", "use_json", "use_stderr", "use_syslog",
                    "watch_log_file",
                ]
            ),
            (
                "oslo.messaging",
                [
                    "control_exchange", "executor_thread_pool_size", "rpc_ping_enabled", "rpc_response_timeout",
                    "rpc_thread_pool_size", "transport_url",
                ]
            ),
            (
                "oslo.config, oslo.service and cotyledon",
                [
                    "api_paste_config", "backdoor_port", "backdoor_socket", "client_socket_timeout", "config_dir",
                    "config_file", "config_source", "graceful_shutdown_timeout", "log_options", "max_header_line",
                    "run_external_periodic_tasks", "tcp_keepidle", "wsgi_default_pool_size", "wsgi_keep_alive",
                    "wsgi_log_format", "wsgi_server_debug",
                ]
            ),
        ],
        "polling": [("Ceilometer", polling)],
        "service_credentials": [
            ("older names of options that are read", ServiceCredentialsOptions.olderNames.values.flatMap(\.self)),
            (
                "keystoneauth1",
                [
                    "access_token", "access_token_endpoint", "access_token_file", "access_token_type",
                    "auth_endpoint", "auth_methods", "client_id", "client_secret", "code", "collect_timing",
                    "discovery_endpoint", "endpoint", "identity_provider", "identity_provider_url",
                    "idp_otp_key", "keystone_url", "mutual_auth", "oauth2_client_id", "oauth2_client_secret",
                    "oauth2_endpoint", "openid_scope", "passcode", "principal", "protocol", "redirect_uri",
                    "service_provider_endpoint", "service_provider_entity_id", "split_loggers", "tls_ciphers",
                    "tls_min_version", "token",
                ]
            ),
            (
                "earlier releases of Ceilometer",
                [
                    "os_auth_url", "os_cacert", "os_endpoint_type", "os_password", "os_region_name", "os_tenant_id",
                    "os_tenant_name", "os_username",
                ]
            ),
        ],
        "service_types": [
            ("Ceilometer", ["aodh", "cinder", "designate", "manila", "neutron", "octavia", "radosgw", "swift"]),
            ("earlier releases of Ceilometer", ["glance", "kwapi", "neutron_lbaas_version"]),
        ],
    ]

    /// Groups in which nothing concerns this agent, whatever stands there.
    static let groups: Set<String> = [
        "api", "cache", "central", "collector", "coordination", "cors", "database", "dispatcher_file",
        "dispatcher_gnocchi", "dispatcher_http", "event", "exchange_control", "gnocchi", "hardware", "healthcheck",
        "ipmi", "keystone_authtoken", "matchmaker_redis", "meter", "monasca", "notification", "oslo_concurrency",
        "oslo_messaging_amqp", "oslo_messaging_kafka", "oslo_messaging_metrics", "oslo_messaging_notifications",
        "oslo_messaging_rabbit", "oslo_middleware", "oslo_middleware_tracing", "oslo_policy", "oslo_reports",
        "oslo_versionedobjects", "privsep", "profiler", "publisher_notifier", "rgw_admin_credentials", "rgw_client",
        "ssl", "storage", "vmware", "xenapi", "zaqar",
    ]

    private static let polling = [
        "enable_notifications", "enable_prometheus_exporter", "heartbeat_socket_dir", "identity_name_discovery",
        "ignore_disabled_projects", "partitioning_group_prefix", "pollsters_definitions_dirs",
        "prometheus_listen_addresses", "prometheus_tls_certfile", "prometheus_tls_enable", "prometheus_tls_keyfile",
        "tenant_name_discovery", "threads_to_process_pollsters",
    ]
}
