CREATE TABLE `auth_group` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(150) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `auth_group_permissions` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `group_id` int(11) NOT NULL,
  `permission_id` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `auth_group_permissions_group_id_permission_id_0cd325b0_uniq` (`group_id`,`permission_id`),
  KEY `auth_group_permissio_permission_id_84c5c92e_fk_auth_perm` (`permission_id`),
  CONSTRAINT `auth_group_permissio_permission_id_84c5c92e_fk_auth_perm` FOREIGN KEY (`permission_id`) REFERENCES `auth_permission` (`id`),
  CONSTRAINT `auth_group_permissions_group_id_b120cbf9_fk_auth_group_id` FOREIGN KEY (`group_id`) REFERENCES `auth_group` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `auth_permission` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `name` varchar(255) NOT NULL,
  `content_type_id` int(11) NOT NULL,
  `codename` varchar(100) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `auth_permission_content_type_id_codename_01ab375a_uniq` (`content_type_id`,`codename`),
  CONSTRAINT `auth_permission_content_type_id_2f476e4b_fk_django_co` FOREIGN KEY (`content_type_id`) REFERENCES `django_content_type` (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=37 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `auth_permission` VALUES (1,'Can add log entry',1,'add_logentry');
INSERT INTO `auth_permission` VALUES (2,'Can change log entry',1,'change_logentry');
INSERT INTO `auth_permission` VALUES (3,'Can delete log entry',1,'delete_logentry');
INSERT INTO `auth_permission` VALUES (4,'Can view log entry',1,'view_logentry');
INSERT INTO `auth_permission` VALUES (5,'Can add permission',2,'add_permission');
INSERT INTO `auth_permission` VALUES (6,'Can change permission',2,'change_permission');
INSERT INTO `auth_permission` VALUES (7,'Can delete permission',2,'delete_permission');
INSERT INTO `auth_permission` VALUES (8,'Can view permission',2,'view_permission');
INSERT INTO `auth_permission` VALUES (9,'Can add group',3,'add_group');
INSERT INTO `auth_permission` VALUES (10,'Can change group',3,'change_group');
INSERT INTO `auth_permission` VALUES (11,'Can delete group',3,'delete_group');
INSERT INTO `auth_permission` VALUES (12,'Can view group',3,'view_group');
INSERT INTO `auth_permission` VALUES (13,'Can add user',4,'add_user');
INSERT INTO `auth_permission` VALUES (14,'Can change user',4,'change_user');
INSERT INTO `auth_permission` VALUES (15,'Can delete user',4,'delete_user');
INSERT INTO `auth_permission` VALUES (16,'Can view user',4,'view_user');
INSERT INTO `auth_permission` VALUES (17,'Can add content type',5,'add_contenttype');
INSERT INTO `auth_permission` VALUES (18,'Can change content type',5,'change_contenttype');
INSERT INTO `auth_permission` VALUES (19,'Can delete content type',5,'delete_contenttype');
INSERT INTO `auth_permission` VALUES (20,'Can view content type',5,'view_contenttype');
INSERT INTO `auth_permission` VALUES (21,'Can add session',6,'add_session');
INSERT INTO `auth_permission` VALUES (22,'Can change session',6,'change_session');
INSERT INTO `auth_permission` VALUES (23,'Can delete session',6,'delete_session');
INSERT INTO `auth_permission` VALUES (24,'Can view session',6,'view_session');
INSERT INTO `auth_permission` VALUES (25,'Can view plugin type',7,'view_plugintype');
INSERT INTO `auth_permission` VALUES (26,'Can change plugin type',7,'change_plugintype');
INSERT INTO `auth_permission` VALUES (27,'Can sync plugins from code',7,'sync_plugins');
INSERT INTO `auth_permission` VALUES (28,'Can archive plugins whose code is gone',7,'prune_plugins');
INSERT INTO `auth_permission` VALUES (29,'Can view revision',8,'view_revision');
INSERT INTO `auth_permission` VALUES (30,'Can view plugin item',10,'view_pluginitem');
INSERT INTO `auth_permission` VALUES (31,'Can change plugin item',10,'change_pluginitem');
INSERT INTO `auth_permission` VALUES (32,'Can view change',11,'view_change');
INSERT INTO `auth_permission` VALUES (33,'Can add preference',12,'add_preference');
INSERT INTO `auth_permission` VALUES (34,'Can change preference',12,'change_preference');
INSERT INTO `auth_permission` VALUES (35,'Can delete preference',12,'delete_preference');
INSERT INTO `auth_permission` VALUES (36,'Can view preference',12,'view_preference');
CREATE TABLE `auth_user` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `password` varchar(128) NOT NULL,
  `last_login` datetime(6) DEFAULT NULL,
  `is_superuser` tinyint(1) NOT NULL,
  `username` varchar(150) NOT NULL,
  `first_name` varchar(150) NOT NULL,
  `last_name` varchar(150) NOT NULL,
  `email` varchar(254) NOT NULL,
  `is_staff` tinyint(1) NOT NULL,
  `is_active` tinyint(1) NOT NULL,
  `date_joined` datetime(6) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `username` (`username`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `auth_user_groups` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `user_id` int(11) NOT NULL,
  `group_id` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `auth_user_groups_user_id_group_id_94350c0c_uniq` (`user_id`,`group_id`),
  KEY `auth_user_groups_group_id_97559544_fk_auth_group_id` (`group_id`),
  CONSTRAINT `auth_user_groups_group_id_97559544_fk_auth_group_id` FOREIGN KEY (`group_id`) REFERENCES `auth_group` (`id`),
  CONSTRAINT `auth_user_groups_user_id_6a12ed8b_fk_auth_user_id` FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `auth_user_user_permissions` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `user_id` int(11) NOT NULL,
  `permission_id` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `auth_user_user_permissions_user_id_permission_id_14a6b632_uniq` (`user_id`,`permission_id`),
  KEY `auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm` (`permission_id`),
  CONSTRAINT `auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm` FOREIGN KEY (`permission_id`) REFERENCES `auth_permission` (`id`),
  CONSTRAINT `auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id` FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `django_admin_log` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `action_time` datetime(6) NOT NULL,
  `object_id` longtext DEFAULT NULL,
  `object_repr` varchar(200) NOT NULL,
  `action_flag` smallint(5) unsigned NOT NULL CHECK (`action_flag` >= 0),
  `change_message` longtext NOT NULL,
  `content_type_id` int(11) DEFAULT NULL,
  `user_id` int(11) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `django_admin_log_content_type_id_c4bce8eb_fk_django_co` (`content_type_id`),
  KEY `django_admin_log_user_id_c564eba6_fk_auth_user_id` (`user_id`),
  CONSTRAINT `django_admin_log_content_type_id_c4bce8eb_fk_django_co` FOREIGN KEY (`content_type_id`) REFERENCES `django_content_type` (`id`),
  CONSTRAINT `django_admin_log_user_id_c564eba6_fk_auth_user_id` FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `django_content_type` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `app_label` varchar(100) NOT NULL,
  `model` varchar(100) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `django_content_type_app_label_model_76bd3d3b_uniq` (`app_label`,`model`)
) ENGINE=InnoDB AUTO_INCREMENT=13 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `django_content_type` VALUES (1,'admin','logentry');
INSERT INTO `django_content_type` VALUES (3,'auth','group');
INSERT INTO `django_content_type` VALUES (2,'auth','permission');
INSERT INTO `django_content_type` VALUES (4,'auth','user');
INSERT INTO `django_content_type` VALUES (5,'contenttypes','contenttype');
INSERT INTO `django_content_type` VALUES (11,'plugin_system','change');
INSERT INTO `django_content_type` VALUES (10,'plugin_system','pluginitem');
INSERT INTO `django_content_type` VALUES (7,'plugin_system','plugintype');
INSERT INTO `django_content_type` VALUES (8,'plugin_system','revision');
INSERT INTO `django_content_type` VALUES (9,'plugin_system','revisioncounter');
INSERT INTO `django_content_type` VALUES (12,'prefs','preference');
INSERT INTO `django_content_type` VALUES (6,'sessions','session');
CREATE TABLE `django_migrations` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `app` varchar(255) NOT NULL,
  `name` varchar(255) NOT NULL,
  `applied` datetime(6) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=22 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `django_migrations` VALUES (1,'contenttypes','0001_initial','2026-11-29 03:10:09.511117');
INSERT INTO `django_migrations` VALUES (2,'auth','0001_initial','2026-11-29 03:10:09.974511');
INSERT INTO `django_migrations` VALUES (3,'admin','0001_initial','2026-11-29 03:10:10.172514');
INSERT INTO `django_migrations` VALUES (4,'admin','0002_logentry_remove_auto_add','2026-11-29 03:10:10.180502');
INSERT INTO `django_migrations` VALUES (5,'admin','0003_logentry_add_action_flag_choices','2026-11-29 03:10:10.189452');
INSERT INTO `django_migrations` VALUES (6,'contenttypes','0002_remove_content_type_name','2026-11-29 03:10:10.338533');
INSERT INTO `django_migrations` VALUES (7,'auth','0002_alter_permission_name_max_length','2026-11-29 03:10:10.438472');
INSERT INTO `django_migrations` VALUES (8,'auth','0003_alter_user_email_max_length','2026-11-29 03:10:10.470370');
INSERT INTO `django_migrations` VALUES (9,'auth','0004_alter_user_username_opts','2026-11-29 03:10:10.484877');
INSERT INTO `django_migrations` VALUES (10,'auth','0005_alter_user_last_login_null','2026-11-29 03:10:10.594359');
INSERT INTO `django_migrations` VALUES (11,'auth','0006_require_contenttypes_0002','2026-11-29 03:10:10.597553');
INSERT INTO `django_migrations` VALUES (12,'auth','0007_alter_validators_add_error_messages','2026-11-29 03:10:10.605959');
INSERT INTO `django_migrations` VALUES (13,'auth','0008_alter_user_username_max_length','2026-11-29 03:10:10.683856');
INSERT INTO `django_migrations` VALUES (14,'auth','0009_alter_user_last_name_max_length','2026-11-29 03:10:10.699686');
INSERT INTO `django_migrations` VALUES (15,'auth','0010_alter_group_name_max_length','2026-11-29 03:10:10.709767');
INSERT INTO `django_migrations` VALUES (16,'auth','0011_update_proxy_permissions','2026-11-29 03:10:10.716464');
INSERT INTO `django_migrations` VALUES (17,'auth','0012_alter_user_first_name_max_length','2026-11-29 03:10:10.727653');
INSERT INTO `django_migrations` VALUES (18,'plugin_system','0001_initial','2026-11-29 03:10:10.957556');
INSERT INTO `django_migrations` VALUES (19,'plugin_system','0002_change_feed','2026-11-29 03:10:10.964632');
INSERT INTO `django_migrations` VALUES (20,'prefs','0001_initial','2026-11-29 03:10:10.991590');
INSERT INTO `django_migrations` VALUES (21,'sessions','0001_initial','2026-11-29 03:10:10.999246');
CREATE TABLE `django_session` (
  `session_key` varchar(40) NOT NULL,
  `session_data` longtext NOT NULL,
  `expire_date` datetime(6) NOT NULL,
  PRIMARY KEY (`session_key`),
  KEY `django_session_expire_date_a5c62663` (`expire_date`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
CREATE TABLE `plugin_system_change` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `kind` varchar(4) NOT NULL,
  `key` varchar(403) NOT NULL,
  `row_id` uuid NOT NULL,
  `before` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`before`)),
  `after` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`after`)),
  `revision_id` bigint(20) unsigned NOT NULL,
  PRIMARY KEY (`id`),
  KEY `plugin_system_change_row` (`row_id`,`revision_id`),
  KEY `plugin_system_change_feed` (`revision_id`,`id`),
  CONSTRAINT `plugin_system_change_revision_id_8b190b21_fk_plugin_sy` FOREIGN KEY (`revision_id`) REFERENCES `plugin_system_revision` (`number`)
) ENGINE=InnoDB AUTO_INCREMENT=14 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `plugin_system_change` VALUES (1,'type','tests.host.otp:otp','1ad21571-8efd-5958-9c8e-123d30592aca',NULL,'{\"description\": \"One-time password delivery\"}',1);
INSERT INTO `plugin_system_change` VALUES (2,'item','tests.host.otp:otp/tests.host.otp_sms:primary','c87ced8f-e469-575e-befa-68f5ddc62f0d',NULL,'{\"priority\": 10, \"description\": \"The first choice\", \"status\": \"active\"}',1);
INSERT INTO `plugin_system_change` VALUES (3,'item','tests.host.otp:otp/tests.host.otp_sms:secondary','4ce41f3b-2d60-5b9a-999e-2ab372d7a2c0',NULL,'{\"priority\": 20, \"description\": \"The second choice\", \"status\": \"active\"}',1);
INSERT INTO `plugin_system_change` VALUES (4,'item','tests.host.otp:otp/tests.host.otp_sms.spare:spare','71ff6973-9912-5b53-96f7-2180e5861e01',NULL,'{\"priority\": 0, \"description\": \"The reserve\", \"status\": \"reserve\"}',1);
INSERT INTO `plugin_system_change` VALUES (5,'item','tests.host.otp:otp/tests.host.otp_sms:primary','c87ced8f-e469-575e-befa-68f5ddc62f0d','{\"status\": \"active\"}','{\"status\": \"disable\"}',2);
INSERT INTO `plugin_system_change` VALUES (6,'item','tests.host.otp:otp/tests.host.otp_sms:secondary','4ce41f3b-2d60-5b9a-999e-2ab372d7a2c0','{\"priority\": 20, \"description\": \"The second choice\"}','{\"priority\": -5, \"description\": \"Ours\"}',3);
INSERT INTO `plugin_system_change` VALUES (7,'type','tests.host.otp:otp','1ad21571-8efd-5958-9c8e-123d30592aca','{\"description\": \"One-time password delivery\"}','{\"description\": \"Our words\"}',4);
INSERT INTO `plugin_system_change` VALUES (8,'item','tests.host.otp:otp/tests.host.otp_sms.spare:spare','71ff6973-9912-5b53-96f7-2180e5861e01','{\"status\": \"reserve\", \"priority\": 0}','{\"status\": \"active\", \"priority\": -6}',5);
INSERT INTO `plugin_system_change` VALUES (9,'item','tests.host.otp:otp/apps.gone:gone','00000000-0000-0000-0000-000000000005',NULL,'{\"status\": \"active\", \"priority\": 3, \"description\": \"\", \"archived\": false}',6);
INSERT INTO `plugin_system_change` VALUES (10,'type','tests.host.otp:otp','1ad21571-8efd-5958-9c8e-123d30592aca','{\"description\": \"Our words\"}','{\"description\": \"One-time password delivery\"}',7);
INSERT INTO `plugin_system_change` VALUES (11,'item','tests.host.otp:otp/tests.host.otp_sms:secondary','4ce41f3b-2d60-5b9a-999e-2ab372d7a2c0','{\"description\": \"Ours\", \"priority\": -5}','{\"description\": \"The second choice\", \"priority\": 20}',7);
INSERT INTO `plugin_system_change` VALUES (12,'item','tests.host.otp:otp/apps.gone:gone','00000000-0000-0000-0000-000000000005','{\"archived\": false}','{\"archived\": true}',7);
INSERT INTO `plugin_system_change` VALUES (13,'item','tests.host.otp:otp/tests.host.otp_sms.spare:spare','71ff6973-9912-5b53-96f7-2180e5861e01','{\"status\": \"active\"}','{\"status\": \"reserve\"}',8);
CREATE TABLE `plugin_system_pluginitem` (
  `revision` bigint(20) unsigned NOT NULL CHECK (`revision` >= 0),
  `id` uuid NOT NULL,
  `description` longtext NOT NULL,
  `archived` datetime(6) DEFAULT NULL,
  `module` varchar(100) NOT NULL,
  `name` varchar(100) NOT NULL,
  `status` varchar(10) NOT NULL,
  `priority` smallint(6) NOT NULL,
  `plugin_type_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `plugin_system_item_key` (`plugin_type_id`,`module`,`name`),
  KEY `plugin_system_item_rank` (`plugin_type_id`,`status`,`priority`),
  KEY `plugin_system_item_module` (`module`),
  CONSTRAINT `plugin_system_plugin_plugin_type_id_68bb6fdc_fk_plugin_sy` FOREIGN KEY (`plugin_type_id`) REFERENCES `plugin_system_plugintype` (`id`),
  CONSTRAINT `plugin_system_item_priority` CHECK (`priority` >= -32768 and `priority` <= 32767),
  CONSTRAINT `plugin_system_item_status` CHECK (`status` in ('active','reserve','disable'))
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `plugin_system_pluginitem` VALUES (7,'00000000-0000-0000-0000-000000000005','','2026-11-29 03:10:11.218993','apps.gone','gone','active',3,'1ad21571-8efd-5958-9c8e-123d30592aca');
INSERT INTO `plugin_system_pluginitem` VALUES (8,'71ff6973-9912-5b53-96f7-2180e5861e01','The reserve',NULL,'tests.host.otp_sms.spare','spare','reserve',-6,'1ad21571-8efd-5958-9c8e-123d30592aca');
INSERT INTO `plugin_system_pluginitem` VALUES (7,'4ce41f3b-2d60-5b9a-999e-2ab372d7a2c0','The second choice',NULL,'tests.host.otp_sms','secondary','active',20,'1ad21571-8efd-5958-9c8e-123d30592aca');
INSERT INTO `plugin_system_pluginitem` VALUES (2,'c87ced8f-e469-575e-befa-68f5ddc62f0d','The first choice',NULL,'tests.host.otp_sms','primary','disable',10,'1ad21571-8efd-5958-9c8e-123d30592aca');
CREATE TABLE `plugin_system_plugintype` (
  `revision` bigint(20) unsigned NOT NULL CHECK (`revision` >= 0),
  `id` uuid NOT NULL,
  `description` longtext NOT NULL,
  `archived` datetime(6) DEFAULT NULL,
  `name` varchar(100) NOT NULL,
  `manager` varchar(100) NOT NULL,
  `chain_revision` bigint(20) unsigned NOT NULL CHECK (`chain_revision` >= 0),
  PRIMARY KEY (`id`),
  UNIQUE KEY `plugin_system_type_key` (`manager`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `plugin_system_plugintype` VALUES (7,'1ad21571-8efd-5958-9c8e-123d30592aca','One-time password delivery',NULL,'otp','tests.host.otp',8);
CREATE TABLE `plugin_system_revision` (
  `number` bigint(20) unsigned NOT NULL CHECK (`number` >= 0),
  `created_at` datetime(6) NOT NULL,
  `channel` varchar(10) NOT NULL,
  `actor` varchar(254) NOT NULL,
  `actor_id` varchar(64) NOT NULL,
  `reason` varchar(500) NOT NULL,
  `request_id` varchar(100) NOT NULL,
  `resolves` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL CHECK (json_valid(`resolves`)),
  PRIMARY KEY (`number`),
  KEY `plugin_system_revision_created_at_61562ea6` (`created_at`),
  KEY `plugin_system_revision_request_id_5a30b81e` (`request_id`),
  KEY `plugin_system_rev_actor` (`actor`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `plugin_system_revision` VALUES (1,'2026-11-29 03:10:11.114169','migrate','','','','','[{\"plugin_type\": \"tests.host.otp:otp\", \"before\": null, \"after\": \"tests.host.otp:otp/tests.host.otp_sms:primary\"}]');
INSERT INTO `plugin_system_revision` VALUES (2,'2026-11-29 03:10:11.149842','api','ann','7','INC-1 é','req-1','[{\"plugin_type\": \"tests.host.otp:otp\", \"before\": \"tests.host.otp:otp/tests.host.otp_sms:primary\", \"after\": \"tests.host.otp:otp/tests.host.otp_sms:secondary\"}]');
INSERT INTO `plugin_system_revision` VALUES (3,'2026-11-29 03:10:11.162440','admin','ann','7','Preferred','req-1','[]');
INSERT INTO `plugin_system_revision` VALUES (4,'2026-11-29 03:10:11.179098','admin','ann','7','','req-1','[]');
INSERT INTO `plugin_system_revision` VALUES (5,'2026-11-29 03:10:11.192059','command','ann','7','','req-1','[{\"plugin_type\": \"tests.host.otp:otp\", \"before\": \"tests.host.otp:otp/tests.host.otp_sms:secondary\", \"after\": \"tests.host.otp:otp/tests.host.otp_sms.spare:spare\"}]');
INSERT INTO `plugin_system_revision` VALUES (6,'2026-11-29 03:10:11.206094','code','','','','','[]');
INSERT INTO `plugin_system_revision` VALUES (7,'2026-11-29 03:10:11.220358','command','root','','','','[]');
INSERT INTO `plugin_system_revision` VALUES (8,'2026-11-29 03:10:11.234544','api','ann','7','Calm again','req-1','[{\"plugin_type\": \"tests.host.otp:otp\", \"before\": \"tests.host.otp:otp/tests.host.otp_sms.spare:spare\", \"after\": \"tests.host.otp:otp/tests.host.otp_sms:secondary\"}]');
CREATE TABLE `plugin_system_revisioncounter` (
  `id` smallint(5) unsigned NOT NULL CHECK (`id` >= 0),
  `value` bigint(20) unsigned NOT NULL CHECK (`value` >= 0),
  `nonce` varchar(32) NOT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `plugin_system_one_counter` CHECK (`id` = 1)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `plugin_system_revisioncounter` VALUES (1,8,'31408ca0c2fbe6e5');
CREATE TABLE `prefs_preference` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `owner` varchar(50) NOT NULL,
  `item_id` uuid DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `prefs_preference_item_id_3fe5681f_fk_plugin_system_pluginitem_id` (`item_id`),
  CONSTRAINT `prefs_preference_item_id_3fe5681f_fk_plugin_system_pluginitem_id` FOREIGN KEY (`item_id`) REFERENCES `plugin_system_pluginitem` (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=2 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `prefs_preference` VALUES (1,'ann','4ce41f3b-2d60-5b9a-999e-2ab372d7a2c0');
CREATE TABLE `prefs_preference_favourites` (
  `id` bigint(20) NOT NULL AUTO_INCREMENT,
  `preference_id` bigint(20) NOT NULL,
  `pluginitem_id` uuid NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `prefs_preference_favouri_preference_id_pluginitem_50c0a858_uniq` (`preference_id`,`pluginitem_id`),
  KEY `prefs_preference_fav_pluginitem_id_67eed686_fk_plugin_sy` (`pluginitem_id`),
  CONSTRAINT `prefs_preference_fav_pluginitem_id_67eed686_fk_plugin_sy` FOREIGN KEY (`pluginitem_id`) REFERENCES `plugin_system_pluginitem` (`id`),
  CONSTRAINT `prefs_preference_fav_preference_id_b5616998_fk_prefs_pre` FOREIGN KEY (`preference_id`) REFERENCES `prefs_preference` (`id`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
INSERT INTO `prefs_preference_favourites` VALUES (2,1,'00000000-0000-0000-0000-000000000005');
INSERT INTO `prefs_preference_favourites` VALUES (1,1,'71ff6973-9912-5b53-96f7-2180e5861e01');
